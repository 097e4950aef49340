"""`python -m validation` is the `imagewright` command."""

from validation.cli import main

if __name__ == "__main__":
    main()
