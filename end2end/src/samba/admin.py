"""What an administrator does to the Samba fixture, directly in its database.

Not part of the product. Called as `SMB_CONF ACTION` with the arguments as JSON on stdin;
needs the system's Python, which is where Samba's modules are.
"""

import json
import sys

import ldb
from samba.auth import system_session
from samba.ndr import ndr_unpack
from samba.dcerpc import misc, security
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

# Reserved, so nobody's (RFC 6761).
MAIL_DOMAIN = "pantein.test"
USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"


def open_database(conf):
    lp = LoadParm()
    lp.load(conf)
    return SamDB(lp=lp, session_info=system_session(lp))


def replace(db, dn, **values):
    message = ldb.Message(ldb.Dn(db, str(dn)))
    for name, value in values.items():
        name = name.replace("__", "-")
        message[name] = ldb.MessageElement(str(value), ldb.FLAG_MOD_REPLACE, name)
    db.modify(message)


def find(db, login):
    found = db.search(
        db.domain_dn(),
        scope=ldb.SCOPE_SUBTREE,
        expression="(sAMAccountName=%s)" % ldb.binary_encode(login),
        attrs=["objectSid", "displayName"],
    )
    return found[0]


def employee(db, person, password):
    db.newuser(
        person["user_name"],
        password,
        userou="OU=Staff",
        givenname=person.get("first_name"),
        surname=person.get("last_name"),
        mailaddress=person["user_name"].lower() + "@" + MAIL_DOMAIN,
        useusernameascn=not person.get("first_name"),
    )


def policy(db, want):
    db.set_minPwdLength(str(want["min_length"]))
    db.set_pwdProperties("1")
    db.set_minPwdAge("0")
    replace(
        db,
        db.domain_dn(),
        pwdHistoryLength=want["history"],
        lockoutThreshold=want["lockout_threshold"],
    )


def least_privilege(db, sid):
    """The entries of the README: reset, unlock and pwdLastSet of users under the staff, and the number."""
    access = SDUtils(db)
    staff = "OU=Staff," + db.domain_dn()
    for rights, what in [
        ("CR", "00299570-246d-11d0-a768-00aa006e0529"),
        ("RPWP", "28630ebf-41d5-11d1-a9c1-0000f80367c1"),
        ("RPWP", "bf967a0a-0de6-11d0-a285-00aa003049e2"),
        # mobile
        ("RPWP", "f0f8ffa3-1191-11d0-a060-00aa006c33ed"),
    ]:
        access.dacl_add_ace(staff, "(OA;CIIO;%s;%s;%s;%s)" % (rights, what, USER_CLASS, sid))
    # Without it the fine-grained policies read as empty.
    container = "CN=Password Settings Container,CN=System," + db.domain_dn()
    access.dacl_add_ace(container, "(A;CI;RPLCLORC;;;%s)" % sid)


def stricter_policy(db, want, logins):
    db.add({
        "dn": "CN=Strenger,CN=Password Settings Container,CN=System," + db.domain_dn(),
        "objectClass": "msDS-PasswordSettings",
        "msDS-PasswordSettingsPrecedence": "10",
        "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
        "msDS-PasswordHistoryLength": str(want["history"]),
        "msDS-PasswordComplexityEnabled": "TRUE",
        "msDS-MinimumPasswordLength": str(want["stricter_min_length"]),
        "msDS-MinimumPasswordAge": "0",
        "msDS-MaximumPasswordAge": "-9223372036854775808",
        "msDS-LockoutThreshold": str(want["stricter_lockout_threshold"]),
        "msDS-LockoutObservationWindow": "-18000000000",
        "msDS-LockoutDuration": "-18000000000",
        "msDS-PSOAppliesTo": [str(find(db, login).dn) for login in logins],
    })


def populate(db, want):
    policy(db, want)
    db.create_ou("OU=Staff," + db.domain_dn())
    db.newuser(want["service_login"], want["service_password"])
    sid = ndr_unpack(security.dom_sid, find(db, want["service_login"])["objectSid"][0])
    least_privilege(db, sid)
    for person in want["people"]:
        employee(db, person, want["first_password"])
        dn = find(db, person["user_name"]).dn
        replace(db, dn, **{want["employee_number_attribute"]: person["number"]})
        if person["registered"]:
            replace(db, dn, **{want["birthdate_attribute"]: person["birthdate"]})
        if person["state"] == "Disabled":
            replace(db, dn, userAccountControl=514)
        if person["state"] == "DomainAdministrator":
            db.add_remove_group_members("Domain Admins", [person["user_name"]])
    stricter = [p["user_name"] for p in want["people"] if p["state"] == "StricterPolicy"]
    stricter_policy(db, want, stricter)
    for login in want["spares"]:
        employee(db, {"user_name": login}, want["first_password"])
    # Administrators whom neither adminCount nor a direct membership shows.
    db.newgroup("ICT-Beheer")
    db.add_remove_group_members("Administrators", ["ICT-Beheer"])
    nested, primary = want["nested_admin"], want["primary_admin"]
    db.add_remove_group_members("ICT-Beheer", [nested])
    db.add_remove_group_members("Domain Admins", [primary])
    replace(db, find(db, primary).dn, primaryGroupID=512)


def rename(db, want):
    entry = find(db, want["login"])
    new = ldb.Dn(db, "CN=%s,%s" % (want["new_login"], entry.dn.parent()))
    db.rename(entry.dn, new)
    upn = want["new_login"] + "@" + want["upn_suffix"]
    replace(db, new, sAMAccountName=want["new_login"], userPrincipalName=upn)


def recreate(db, want):
    db.delete(find(db, want["login"]).dn)
    employee(db, {"user_name": want["login"]}, want["first_password"])


def servers(db, _want):
    """The GUID of each controller's directory service: the others look it up by it."""
    found = db.search(db.get_config_basedn(), expression="(objectClass=nTDSDSA)", attrs=["objectGUID"])
    name = lambda entry: entry.dn.parent().get_rdn_value()
    guid = lambda entry: str(ndr_unpack(misc.GUID, entry["objectGUID"][0]))
    print(json.dumps({name(entry): guid(entry) for entry in found}))


def service(db, want):
    """A service account of its own, with these entries at these places."""
    db.newuser(want["login"], want["password"])
    sid = ndr_unpack(security.dom_sid, find(db, want["login"])["objectSid"][0])
    access = SDUtils(db)
    for dn, sddl in want["entries"]:
        access.dacl_add_ace(dn, sddl.replace("SID", str(sid)))
    for group in want["groups"]:
        db.add_remove_group_members(group, [want["login"]])


def main():
    conf, action = sys.argv[1:]
    actions = {
        "populate": populate,
        "rename": rename,
        "recreate": recreate,
        "servers": servers,
        "service": service,
    }
    db = open_database(conf)
    # All or nothing, and one write to the disk.
    db.transaction_start()
    actions[action](db, json.load(sys.stdin))
    db.transaction_commit()


main()
