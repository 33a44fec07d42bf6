# Tests of the default policy: each rule meets what it is for and leaves its twin alone.
package overt.gate_test

import rego.v1

import data.overt.gate

finding := {
	"id": "0000000000000001", "behaviour": "privacy/sms-body", "theme": "privacy", "rung": "flow", "severity": "high",
	"confidence": "medium", "package": "com.example.app", "path": "/system/app/A/A.apk", "system": false,
	"privileged": false, "data": ["sms_body"], "effects": [], "hosts": ["h.example.com"], "cleartext": false,
	"silent": true, "dormant": false, "triggers": ["boot"], "gates": [], "from": "boot", "guard": null, "waived_by": [],
}

build(findings) := {"coverage": {"complete": true}, "findings": findings, "diff": null, "claims": [], "state": "listed"}

answer(findings) := found if {
	found := gate.answer with input as build(findings)
}

decided(findings) := found.decision if {
	found := answer(findings)
}

one(changes) := object.union(finding, changes)

met(changes) := rules if {
	found := answer([one(changes)])
	rules := {reason.rule | some reason in found.reasons}
}

test_nothing_is_allowed if decided([]) == "allow"

test_incomplete_is_never_allowed if {
	found := gate.answer with input as object.union(build([]), {"coverage": {"complete": false}})
	found.decision == "incomplete"
}

test_incomplete_with_reasons_is_held_for_them if {
	found := gate.answer with input as object.union(build([finding]), {"coverage": {"complete": false}})
	found.decision == "suspend"
}

test_content_suspends if {
	decided([finding]) == "suspend"
	met({}) == {"content-leaves"}
}

test_content_at_the_owners_word_does_not if met({"silent": false}) == set()

test_ability_decides_nothing if decided([one({"rung": "capability"})]) == "allow"

test_low_confidence_decides_nothing if decided([one({"confidence": "low"})]) == "allow"

test_numbers_hold if {
	decided([one({"data": ["imei"]})]) == "hold"
	met({"data": ["imei"]}) == {"number-leaves"}
}

test_state_of_the_device_is_nothing if met({"data": ["device_status"], "cleartext": true}) == set()

test_places_hold if met({"data": ["cell_id"]}) == {"place-leaves"}

test_coarse_places_do_not if met({"data": ["location_coarse"]}) == set()

test_apps_hold if met({"data": ["app_usage"]}) == {"apps-leave"}

test_in_clear_holds if met({"data": ["advertising_id"], "cleartext": true}) == {"in-clear"}

test_sealed_does_not if met({"data": ["advertising_id"], "cleartext": false}) == set()

order := {"theme": "remote-control", "behaviour": "remote-control/exec", "data": [], "effects": ["exec"]}

test_orders_suspend if {
	met(order) == {"server-commands"}
	decided([one(order)]) == "suspend"
}

test_orders_of_no_power_do_not if met(object.union(order, {"effects": ["component_start"]})) == set()

test_orders_of_low_severity_do_not if met(object.union(order, {"severity": "low"})) == set()

test_dormant_holds if {
	met(object.union(order, {"dormant": true})) == {"dormant"}
	met({"dormant": true}) == {"dormant"}
}

door := {"theme": "exposure", "behaviour": "exposure/exec", "data": [], "effects": ["exec"]}

test_open_doors_suspend if met(door) == {"open-door"}

test_guarded_doors_hold if met(object.union(door, {"guard": "com.example.PERMISSION"})) == {"guarded-door"}

test_small_doors_do_not if met(object.union(door, {"severity": "low"})) == set()

test_bypass_suspends if met({"theme": "bypass", "data": []}) == {"rights-bypassed"}

test_small_bypass_does_not if met({"theme": "bypass", "data": [], "severity": "low"}) == set()

test_targeting_suspends if met({"theme": "targeting", "data": []}) == {"selected-by-server"}

test_reports_hold if {
	met({"theme": "supply", "behaviour": "supply/reported-host", "rung": "indicator", "data": []}) == {"known-from-reports"}
}

test_other_supply_does_not if met({"theme": "supply", "behaviour": "supply/old-target", "rung": "indicator"}) == set()

test_a_waiver_covers_and_is_used if {
	found := answer([one({"waived_by": ["w1"]})])
	found.decision == "allow"
	found.waivers_used == {"w1"}
}

test_a_waiver_for_what_no_rule_meets_is_not_used if {
	found := answer([one({"waived_by": ["w1"], "rung": "capability"})])
	found.waivers_used == set()
}

test_a_waiver_covers_only_its_own if {
	found := answer([one({"waived_by": ["w1"]}), one({"id": "0000000000000002"})])
	found.decision == "suspend"
	some reason in found.reasons
	reason.findings == ["0000000000000002"]
}

test_contradicted_statements_hold if {
	claims := [{"id": "c1", "result": "contradicted", "findings": ["0000000000000009"]}]
	found := gate.answer with input as object.union(build([]), {"claims": claims})
	found.decision == "hold"
}

test_undecided_statements_do_not if {
	claims := [{"id": "c1", "result": "not-decidable", "findings": []}]
	found := gate.answer with input as object.union(build([]), {"claims": claims})
	found.decision == "allow"
}

row := {"kind": "behaviour", "change": "new", "because": "firmware", "id": "0000000000000001"}

since(changes) := rules if {
	diff := {"rows": [object.union(row, changes)]}
	calm := one({"data": ["location_coarse"]})
	found := gate.answer with input as object.union(build([calm]), {"diff": diff})
	rules := {reason.rule | some reason in found.reasons}
}

test_new_behaviour_holds if since({}) == {"new-since"}

test_old_behaviour_does_not if since({"change": "unchanged"}) == set()

test_what_is_only_known_now_is_not_new if since({"because": "knowledge"}) == set()

test_reinstated_when_compared_and_clean if {
	found := gate.answer with input as object.union(build([]), {"state": "suspended", "diff": {"rows": []}})
	found.decision == "reinstate"
}

test_not_reinstated_without_a_comparison if {
	found := gate.answer with input as object.union(build([]), {"state": "suspended"})
	found.decision == "hold"
}

test_not_reinstated_when_incomplete if {
	changes := {"state": "suspended", "diff": {"rows": []}, "coverage": {"complete": false}}
	found := gate.answer with input as object.union(build([]), changes)
	found.decision == "incomplete"
}

test_suspended_again_when_still_there if {
	found := gate.answer with input as object.union(build([finding]), {"state": "suspended", "diff": {"rows": []}})
	found.decision == "suspend"
}
