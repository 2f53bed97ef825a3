"""The acts of this room in words, for the trail."""

from flask_babel import lazy_gettext as _l

from accounts import audit

audit.name_acts(
    {
        "staff_member.add": _l("Account opened"),
        "staff_member.activate": _l("Account opened again"),
        "staff_member.deactivate": _l("Account closed"),
        "staff_member.send_link": _l("A link to set the password was sent"),
        "staff_member.set_password": _l("Password set"),
        "staff_member.make_administrator": _l("Somebody became an administrator"),
        "staff_member.unmake_administrator": _l("Somebody is no administrator any more"),
        "team.create": _l("Team made"),
        "team.update": _l("Texts of the team changed"),
        "team.set_logo": _l("Logo of the team set"),
        "team.remove_logo": _l("Logo of the team taken away"),
        "team.add_member": _l("Somebody came to the team"),
        "team.change_role": _l("Somebody has another role in the team"),
        "team.take_out_member": _l("Somebody left the team"),
    }
)
