"""Gives the generated requests a session, so that they reach more than the first step.

Half of the requests keep the cookie that Schemathesis generates. The others get a session at the step before, at, or after
that of the call, and sometimes a valid value as well.
"""

import itertools
import os

import requests
import schemathesis

PERSON = {"username": "A.Janssen"}
BIRTHDATE = {"birthdate": "1984-10-01"}
VALID = {
    "/api/reset/identify": PERSON,
    "/api/reset/birthdate": BIRTHDATE,
    "/api/reset/resend": {"way": "TOKEN"},
    "/api/registration/sign_in": {"username": "E.Hendriks", "password": "Fiets-Regen-42!"},
    "/api/registration/birthdate": {"birthdate": "1990-12-24"},
    "/api/registration/mobile": {"mobile": "06-12345678"},
}
turns = itertools.count()
verified = requests.Session()
used_codes = set()


def post(session, base, path, body):
    return session.post(base + path, json=body, timeout=30)


def at_birthdate(base):
    session = requests.Session()
    post(session, base, "/api/reset/identify", PERSON)
    return session


def at_code(base):
    session = at_birthdate(base)
    post(session, base, "/api/reset/birthdate", BIRTHDATE)
    return session


def at_password(base):
    """A code works once, so requests share a session, and wait for no new code: then this one is at the step before."""
    global verified
    current = verified.get(base + "/api/reset/current", timeout=30).json()
    if current.get("step") != "password":
        phone = f"{os.environ['PHONES']}/{PERSON['username']}"
        code = requests.get(phone, headers={"Accept": "application/json"}, timeout=30).json()["code"]
        verified = at_code(base)
        if code not in used_codes:
            used_codes.add(code)
            post(verified, base, "/api/reset/code", {"code": code})
    return verified


def registration(base):
    session = requests.Session()
    post(session, base, "/api/registration/sign_in", VALID["/api/registration/sign_in"])
    return session


RESET = [at_birthdate, at_code]
# These keep a session at the password step, unless the password is changed.
AFTER_PROOF = ["/api/reset/password", "/api/reset/unlock", "/api/reset/extend"]
# One registration session for all requests: a sign-in counts against the limit of the account.
registrations = []


@schemathesis.hook
def before_call(context, case, kwargs):
    turn = next(turns)
    path = case.operation.path
    if turn % 2 or not path.startswith("/api/re"):
        return
    base = case.operation.base_url.rstrip("/")
    if path.startswith("/api/registration/"):
        if not registrations or turn % 100 == 0:
            registrations[:] = [registration(base)]
        session = registrations[0]
    elif path in AFTER_PROOF and turn % 4 == 0:
        session = at_password(base)
    else:
        session = RESET[turn // 4 % len(RESET)](base)
    case.cookies = {**(case.cookies or {}), **session.cookies.get_dict()}
    if turn % 8 == 0 and path in VALID and case.method == "POST":
        case.body = VALID[path]
