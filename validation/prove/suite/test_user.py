"""The image's user: not root, and unable to change what it runs."""

from testinfra.host import Host

from validation.prove.suite.given import IMPORTED_FROM, PYTHON, Described, find_writable


def test_is_not_root(host: Host, described: Described) -> None:
    """The service runs as a user other than root: a hole in it is then no hole in the host."""
    declared = described.config.get("User") or "root"
    name = declared.partition(":")[0]
    assert name not in {"root", "0"}, f"the image's USER is {declared}"
    uid = host.check_output("id -u")
    assert uid != "0", f"processes run as uid 0 although USER is {declared}"


def test_cannot_change_the_environment(host: Host) -> None:
    """The user may write nothing that Python runs from: code cannot be replaced at run time.

    That is /opt/venv, the trainer, and wherever else the service imports from, the folder that it
    starts in included. Owners and modes are asked, not access: the proof's own read-only root would
    hide the fault.
    """
    uid, gid = host.check_output("id -u"), host.check_output("id -g")
    folders = host.check_output("%s -c %s", PYTHON, IMPORTED_FROM).splitlines()
    found = host.check_output(find_writable(["/opt/venv", "/opt/imagewright", *folders], uid, gid))
    assert not found, f"the user may write {', '.join(found.split())}"


def test_data_folder_is_writable(host: Host) -> None:
    """The user can write the data folder that the image declares: jobs and models go there."""
    done = host.run(
        'test -n "$IMAGEWRIGHT_DATA" && test -d "$IMAGEWRIGHT_DATA" && test -w "$IMAGEWRIGHT_DATA"'
    )
    assert done.rc == 0, "IMAGEWRIGHT_DATA names no folder that the user can write"
