# The policy that Overt brings along: when is a listing held, suspended, reinstated or allowed?
#
# What it looks at (docs/policy.md describes all of it): input.findings with rung, confidence, data, effects, rights, silence and
# destination; input.coverage; input.diff against an earlier build; input.claims, the vendor's statements held against the build;
# input.state of the listing. Findings that a valid waiver covers carry its id in waived_by; the waiver counts as used where a rule
# would have met the finding.
#
# What it answers: data.overt.gate.answer. To change it, copy it (overt policy show), edit the sets below, and run its tests
# (overt policy test). Whatever a policy says, what was not wholly looked at is never allowed.
package overt.gate

import rego.v1

# Content: what people say, write, look at.
content := {
	"sms_body", "sms_metadata", "call_log", "contacts", "calendar", "browser_history", "clipboard",
	"microphone", "camera", "screen", "keystrokes",
}

# Names of the handset, the subscriber or the line, for life.
lifelong := {"imei", "imsi", "sim_serial", "phone_number", "mac", "serial"}

# Where the phone is, and the owner with it.
whereabouts := {"location_fine", "cell_id"}

# Effects that take the phone.
powers := {
	"exec", "install", "uninstall", "dynamic_code", "flash", "wipe", "permission_grant", "verification_off",
	"sms_send", "call_place",
}

# Rules that suspend; all others hold.
suspending := {"content-leaves", "server-commands", "open-door", "rights-bypassed", "selected-by-server"}

says := {
	"content-leaves": "What the owner says, writes or whom he knows leaves the phone without his doing.",
	"server-commands": "A server can make the phone run, install or remove software, or act in the owner's name.",
	"open-door": "Any app can use rights of the system through a door without a guard.",
	"rights-bypassed": "Apps get data past the permission that guards it.",
	"selected-by-server": "Messages or people are selected by what a server says.",
	"number-leaves": "A number that names the handset, the subscriber or the line for life leaves the phone without the owner's doing.",
	"place-leaves": "Where the phone is leaves it without the owner's doing.",
	"apps-leave": "Which apps the owner has or uses leaves the phone without his doing.",
	"in-clear": "Personal data leaves over a connection that anybody on the way can read.",
	"dormant": "Code that sends data or obeys a server waits for a server to switch it on.",
	"guarded-door": "Behind a guard that may not hold, an app can use rights of the system.",
	"known-from-reports": "The build holds something that published reports name.",
	"new-since": "Behaviour of high severity is new since the build it was compared with.",
	"statement-contradicted": "A statement of the vendor is contradicted by the build.",
	"no-comparison": "A suspended listing is reinstated only by a build that was compared with the one it was suspended for.",
}

# Proven: a finding of a lower rung or of low confidence decides nothing.
proven := [f |
	some f in input.findings
	f.rung in {"flow", "observed"}
	f.confidence != "low"
]

privacy := [f | some f in proven; f.theme == "privacy"; not f.dormant]

hit contains {"rule": "content-leaves", "id": f.id, "by": f.waived_by} if {
	some f in privacy
	f.silent
	some kind in f.data
	kind in content
}

hit contains {"rule": "number-leaves", "id": f.id, "by": f.waived_by} if {
	some f in privacy
	f.silent
	some kind in f.data
	kind in lifelong
}

hit contains {"rule": "place-leaves", "id": f.id, "by": f.waived_by} if {
	some f in privacy
	f.silent
	some kind in f.data
	kind in whereabouts
}

hit contains {"rule": "apps-leave", "id": f.id, "by": f.waived_by} if {
	some f in privacy
	f.silent
	some kind in f.data
	kind in {"app_list", "app_usage", "app_events"}
}

hit contains {"rule": "in-clear", "id": f.id, "by": f.waived_by} if {
	some f in privacy
	f.cleartext
	some kind in f.data
	kind != "device_status"
}

hit contains {"rule": "server-commands", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.theme == "remote-control"
	not f.dormant
	f.severity in {"high", "critical"}
	some effect in f.effects
	effect in powers
}

hit contains {"rule": "dormant", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.dormant
	f.theme in {"privacy", "remote-control", "targeting"}
	f.severity in {"medium", "high", "critical"}
}

hit contains {"rule": "open-door", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.theme == "exposure"
	f.severity in {"high", "critical"}
	f.guard == null
}

hit contains {"rule": "guarded-door", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.theme == "exposure"
	f.severity in {"high", "critical"}
	f.guard != null
}

hit contains {"rule": "rights-bypassed", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.theme == "bypass"
	f.severity in {"high", "critical"}
}

hit contains {"rule": "selected-by-server", "id": f.id, "by": f.waived_by} if {
	some f in proven
	f.theme == "targeting"
}

# An indicator proves no behaviour; what reports name is still worth a look before it is sold.
hit contains {"rule": "known-from-reports", "id": f.id, "by": f.waived_by} if {
	some f in input.findings
	startswith(f.behaviour, "supply/reported-")
}

hit contains {"rule": "new-since", "id": f.id, "by": f.waived_by} if {
	some row in input.diff.rows
	row.kind == "behaviour"
	row.change == "new"
	row.because == "firmware"
	some f in proven
	f.id == row.id
	f.severity in {"high", "critical"}
}

rules contains h.rule if some h in hit

reasons contains {"rule": rule, "findings": ids, "says": says[rule]} if {
	some rule in rules
	ids := sort({h.id | some h in hit; h.rule == rule; count(h.by) == 0})
	count(ids) > 0
}

reasons contains {"rule": "statement-contradicted", "findings": claim.findings, "says": text} if {
	some claim in input.claims
	claim.result == "contradicted"
	text := sprintf("%s (%s)", [says["statement-contradicted"], claim.id])
}

reasons contains {"rule": "no-comparison", "findings": [], "says": says["no-comparison"]} if {
	input.state == "suspended"
	input.diff == null
}

waivers_used contains id if {
	some h in hit
	some id in h.by
}

suspends if {
	some reason in reasons
	reason.rule in suspending
}

decision := "suspend" if {
	suspends
} else := "hold" if {
	count(reasons) > 0
} else := "incomplete" if {
	not input.coverage.complete
} else := "reinstate" if {
	input.state == "suspended"
} else := "allow"

answer := {"decision": decision, "reasons": reasons, "waivers_used": waivers_used}
