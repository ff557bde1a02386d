"""A member signs in for the tests: the unmodified OpenID client asks, a form is filled in without a browser."""

import base64
import json
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import msal
import requests

STEPS_MAX = 8


class Form(HTMLParser):
    """The inputs of a page's form, and where it goes."""

    def __init__(self, page):
        super().__init__()
        self.action = ""
        self.inputs = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form":
            self.action = named.get("action", "")
        if tag == "input" and named.get("name"):
            self.inputs.append((named["name"], named.get("type", "text"), named.get("value", "")))

    def filled_in(self, member):
        """The fields as that member would send them."""
        typed = {"password": member["password"], "text": member["upn"], "email": member["upn"]}
        return {name: typed.get(kind, value) for name, kind, value in self.inputs}


def directory_token(info, member):
    """A directory token of the member for calling in its own name."""
    app = msal.PublicClientApplication(info["client_id"], oidc_authority=f"{info['authority']}/v2.0")
    scopes = [f"{info['audience']}/Teams.Manage{what}" for what in ("Calls", "Chats")]
    flow = app.initiate_auth_code_flow(scopes, redirect_uri=info["redirect_uri"])
    answer = app.acquire_token_by_auth_code_flow(flow, returned(flow["auth_uri"], info["redirect_uri"], member))
    return answer["access_token"]


def returned(url, redirect_uri, member):
    """What the address carries that the browser is sent back to."""
    session = requests.Session()
    answer = session.get(url, allow_redirects=False, timeout=15)
    for _ in range(STEPS_MAX):
        if answer.is_redirect:
            url = urljoin(url, answer.headers["location"])
            if url.startswith(redirect_uri):
                return dict(parse_qsl(urlsplit(url).query))
            answer = session.get(url, allow_redirects=False, timeout=15)
            continue
        form = Form(answer.text)
        url = urljoin(url, form.action)
        answer = session.post(url, data=form.filled_in(member), allow_redirects=False, timeout=15)
    raise AssertionError("sign-in went round in circles")


def claims(token):
    """The payload of a token, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
