"""Administrative changes to the database of the Samba fixture.

Called as `SMB_CONF ACTION` with the arguments as JSON on stdin. Needs the system's Python,
which has Samba's modules.
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

# A reserved domain: no mail can reach a real person (RFC 6761).
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


def policy(db, arguments):
    db.set_minPwdLength(str(arguments["min_length"]))
    db.set_pwdProperties("1")
    db.set_minPwdAge("0")
    replace(
        db,
        db.domain_dn(),
        pwdHistoryLength=arguments["history"],
        lockoutThreshold=arguments["lockout_threshold"],
    )


def least_privilege(db, sid):
    """The documented rights on the staff's users: reset, unlock, pwdLastSet and mobile."""
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
    # Without this right a search for the fine-grained policies finds nothing.
    container = "CN=Password Settings Container,CN=System," + db.domain_dn()
    access.dacl_add_ace(container, "(A;CI;RPLCLORC;;;%s)" % sid)


def stricter_policy(db, arguments, logins):
    db.add({
        "dn": "CN=Strenger,CN=Password Settings Container,CN=System," + db.domain_dn(),
        "objectClass": "msDS-PasswordSettings",
        "msDS-PasswordSettingsPrecedence": "10",
        "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
        "msDS-PasswordHistoryLength": str(arguments["history"]),
        "msDS-PasswordComplexityEnabled": "TRUE",
        "msDS-MinimumPasswordLength": str(arguments["stricter_min_length"]),
        "msDS-MinimumPasswordAge": "0",
        "msDS-MaximumPasswordAge": "-9223372036854775808",
        "msDS-LockoutThreshold": str(arguments["stricter_lockout_threshold"]),
        "msDS-LockoutObservationWindow": "-18000000000",
        "msDS-LockoutDuration": "-18000000000",
        "msDS-PSOAppliesTo": [str(find(db, login).dn) for login in logins],
    })


def populate(db, arguments):
    policy(db, arguments)
    db.create_ou("OU=Staff," + db.domain_dn())
    db.newuser(arguments["service_login"], arguments["service_password"])
    sid = ndr_unpack(security.dom_sid, find(db, arguments["service_login"])["objectSid"][0])
    least_privilege(db, sid)
    for person in arguments["people"]:
        employee(db, person, arguments["first_password"])
        dn = find(db, person["user_name"]).dn
        replace(db, dn, **{arguments["employee_number_attribute"]: person["number"]})
        if person["registered"]:
            replace(db, dn, **{arguments["birthdate_attribute"]: person["birthdate"]})
        if person["state"] == "Disabled":
            replace(db, dn, userAccountControl=514)
        if person["state"] == "DomainAdministrator":
            db.add_remove_group_members("Domain Admins", [person["user_name"]])
    stricter = [p["user_name"] for p in arguments["people"] if p["state"] == "StricterPolicy"]
    stricter_policy(db, arguments, stricter)
    for login in arguments["spares"]:
        employee(db, {"user_name": login}, arguments["first_password"])
    # Administrators without adminCount and without direct membership.
    db.newgroup("ICT-Beheer")
    db.add_remove_group_members("Administrators", ["ICT-Beheer"])
    nested, primary = arguments["nested_admin"], arguments["primary_admin"]
    db.add_remove_group_members("ICT-Beheer", [nested])
    db.add_remove_group_members("Domain Admins", [primary])
    replace(db, find(db, primary).dn, primaryGroupID=512)


def rename(db, arguments):
    entry = find(db, arguments["login"])
    new = ldb.Dn(db, "CN=%s,%s" % (arguments["new_login"], entry.dn.parent()))
    db.rename(entry.dn, new)
    upn = arguments["new_login"] + "@" + arguments["upn_suffix"]
    replace(db, new, sAMAccountName=arguments["new_login"], userPrincipalName=upn)


def recreate(db, arguments):
    db.delete(find(db, arguments["login"]).dn)
    employee(db, {"user_name": arguments["login"]}, arguments["first_password"])


def servers(db, _arguments):
    """The GUID of each controller's directory service, under which the others look it up."""
    found = db.search(db.get_config_basedn(), expression="(objectClass=nTDSDSA)", attrs=["objectGUID"])
    name = lambda entry: entry.dn.parent().get_rdn_value()
    guid = lambda entry: str(ndr_unpack(misc.GUID, entry["objectGUID"][0]))
    print(json.dumps({name(entry): guid(entry) for entry in found}))


def service(db, arguments):
    """A service account with these access control entries and groups."""
    db.newuser(arguments["login"], arguments["password"])
    sid = ndr_unpack(security.dom_sid, find(db, arguments["login"])["objectSid"][0])
    access = SDUtils(db)
    for dn, sddl in arguments["entries"]:
        access.dacl_add_ace(dn, sddl.replace("SID", str(sid)))
    for group in arguments["groups"]:
        db.add_remove_group_members(group, [arguments["login"]])


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
    # One transaction: atomic, and one write to the disk.
    db.transaction_start()
    actions[action](db, json.load(sys.stdin))
    db.transaction_commit()


main()
