"""Tags from an OCI registry and from Docker Hub's API, in the shapes of their documentation."""

import json

import pytest

from validation.errors import WorldFailed
from validation.net.docker_hub import hub_tags
from validation.net.registry import Registry

LIST = "/v2/nvidia/cuda/tags/list?n=1000"


def tags_page(reply, *tags, link="", **more):
    body = json.dumps({"name": "nvidia/cuda", "tags": list(tags)}).encode()
    return reply(body, headers={"Link": link} if link else {}, **more)


def test_pages_follow_links(web, served, reply):
    served.routes[LIST] = tags_page(
        reply, "11.8.0-base-ubi8", link='</v2/nvidia/cuda/tags/list?last=x&n=1000>; rel="next"'
    )
    served.routes["/v2/nvidia/cuda/tags/list?last=x&n=1000"] = tags_page(
        reply, "12.6.3-base-ubi8", "11.8.0-base-ubi8", link="</first>; rel=first"
    )
    tags = Registry(web, f"{served.url}/").tags("nvidia/cuda")
    assert tags == ("11.8.0-base-ubi8", "12.6.3-base-ubi8")


def test_a_token_is_fetched_anonymously_and_kept(web, served, elsewhere, reply):
    challenge = (
        f'Bearer realm="{elsewhere.url}/token",service="registry.example",'
        'scope="repository:nvidia/cuda:pull"'
    )
    asked = "/token?service=registry.example&scope=repository%3Anvidia%2Fcuda%3Apull"
    elsewhere.routes[asked] = reply(b'{"token": "t0", "expires_in": 300}')

    def guarded(page):
        def answer(headers):
            if headers.get("Authorization") == "Bearer t0":
                return page
            return reply(status=401, headers={"WWW-Authenticate": challenge})

        return answer

    served.routes[LIST] = guarded(tags_page(reply, "a", link='<?n=1000&last=a>; rel="next"'))
    second = "/v2/nvidia/cuda/tags/list?n=1000&last=a"
    served.routes[second] = guarded(tags_page(reply, "b"))
    assert Registry(web, served.url).tags("nvidia/cuda") == ("a", "b")
    assert elsewhere.paths() == [asked]
    assert served.paths() == [LIST, LIST, second]


@pytest.mark.parametrize("answer", [b'{"access_token": "t0"}', b'{"token": "t0"}'])
def test_both_words_for_a_token(web, served, reply, answer):
    served.routes["/token"] = reply(answer)
    wanted = reply(status=401, headers={"WWW-Authenticate": f'bearer realm="{served.url}/token"'})
    page = tags_page(reply, "a")
    served.routes[LIST] = lambda headers: page if "Authorization" in headers else wanted
    assert Registry(web, served.url).tags("nvidia/cuda") == ("a",)


@pytest.mark.parametrize("challenge", ["", 'Basic realm="x"', "Bearer", "Bearer service=x"])
def test_no_way_to_a_token(web, served, reply, challenge):
    served.routes[LIST] = reply(status=401, headers={"WWW-Authenticate": challenge})
    with pytest.raises(WorldFailed, match="no way to get a token anonymously"):
        Registry(web, served.url).tags("nvidia/cuda")


@pytest.mark.parametrize("token", [b"{}", b'{"token": 1}', b"[]", b"<html>"])
def test_no_token_in_the_answer(web, served, reply, token):
    served.routes["/token"] = reply(token)
    served.routes[LIST] = reply(
        status=401, headers={"WWW-Authenticate": f'Bearer realm="{served.url}/token"'}
    )
    with pytest.raises(WorldFailed, match=r"/token: (gives no token|broken JSON)"):
        Registry(web, served.url).tags("nvidia/cuda")


def test_a_repository_without_tags(web, served, reply):
    served.routes[LIST] = reply(b'{"name": "nvidia/cuda", "tags": null}')
    assert Registry(web, served.url).tags("nvidia/cuda") == ()


@pytest.mark.parametrize("body", [b"{", b'{"tags": "a"}', b'{"tags": [1]}'])
def test_no_list_of_tags(web, served, reply, body):
    served.routes[LIST] = reply(body)
    with pytest.raises(WorldFailed, match=r"broken JSON|no list of tags"):
        Registry(web, served.url).tags("nvidia/cuda")


def test_a_list_that_breaks_off_is_no_list(web, served, reply):
    served.routes[LIST] = tags_page(reply, "a", link='</gone>; rel="next"')
    with pytest.raises(WorldFailed, match="/gone: HTTP 404"):
        Registry(web, served.url).tags("nvidia/cuda")


def test_pages_that_go_round(web, served, reply):
    served.routes[LIST] = tags_page(reply, "a", link=f'<{LIST}>; rel="next"')
    with pytest.raises(WorldFailed, match="its pages do not end"):
        Registry(web, served.url).tags("nvidia/cuda")


def test_a_next_page_on_another_host(web, served, elsewhere, reply):
    served.routes[LIST] = tags_page(reply, "a", link=f'<{elsewhere.url}/x>; rel="next"')
    with pytest.raises(WorldFailed, match="its next page is on another host"):
        Registry(web, served.url).tags("nvidia/cuda")
    assert not elsewhere.requests


HUB = "/v2/repositories/nvidia/cuda/tags/?page_size=100"


def hub_page(reply, *names, after=None, count=None):
    results = [
        {
            "name": name,
            "full_size": 1,
            "last_updated": "2024-11-20T01:02:03.4Z",
            "tag_status": "active",
            "images": [{"architecture": "amd64", "os": "linux", "digest": "sha256:0"}],
        }
        for name in names
    ]
    page = {"count": count or len(names), "next": after, "previous": None, "results": results}
    return reply(json.dumps(page).encode())


def test_hub_pages(web, served, reply):
    second = "/v2/namespaces/nvidia/repositories/cuda/tags?page=2&page_size=100"
    served.routes[HUB] = hub_page(reply, "a", "b", after=served.url + second, count=3)
    served.routes[second] = hub_page(reply, "b", "c", count=3)
    assert hub_tags(web, f"{served.url}/", "nvidia/cuda") == ("a", "b", "c")


def test_hub_pages_that_go_round_or_away(web, served, elsewhere, reply):
    served.routes[HUB] = hub_page(reply, "a", after=served.url + HUB)
    with pytest.raises(WorldFailed, match="its pages do not end"):
        hub_tags(web, served.url, "nvidia/cuda")
    served.routes[HUB] = hub_page(reply, "a", after=f"{elsewhere.url}/x")
    with pytest.raises(WorldFailed, match="its next page is on another host"):
        hub_tags(web, served.url, "nvidia/cuda")
    assert not elsewhere.requests


@pytest.mark.parametrize("counts", [(4, 4), (4, 3), (3, 4)])
def test_hub_counts_more_than_it_gives(web, served, reply, counts):
    second = "/v2/more"
    served.routes[HUB] = hub_page(reply, "a", "b", after=second, count=counts[0])
    served.routes[second] = hub_page(reply, "c", count=counts[1])
    with pytest.raises(WorldFailed, match="3 tags of nvidia/cuda came, it counts 4") as caught:
        hub_tags(web, served.url, "nvidia/cuda")
    assert "run it again" in caught.value.hint


@pytest.mark.parametrize("body", [b"", b"[]", b'{"results": [{"digest": "x"}]}', b'{"next": 1}'])
def test_hub_says_something_else(web, served, reply, body):
    served.routes[HUB] = reply(body)
    with pytest.raises(WorldFailed, match="broken page of tags"):
        hub_tags(web, served.url, "nvidia/cuda")


def test_hub_asks_to_wait(web, served, reply, pauses):
    busy = reply(status=429, headers={"Retry-After": "3", "X-RateLimit-Remaining": "0"})
    served.routes[HUB] = [busy, hub_page(reply, "a")]
    assert hub_tags(web, served.url, "nvidia/cuda") == ("a",)
    assert pauses == [3.0]
