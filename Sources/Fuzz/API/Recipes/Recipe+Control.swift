import OpenStackAPI

extension Recipe {
  static let ofControl: [String: Recipe] = [
    "fixture POST /worlds": Recipe(
      bodies: [
        ["world": ["name": "<new>"]], ["world": ["from": ["world": "field"]]],
        ["world": ["from": ["snapshot": "<snapshot>"]]],
        ["world": ["from": ["empty": true], "storage": "disk", "seed": 1]],
        ["world": ["clock": ["mode": "paced", "rate": 60, "now": "2026-01-01T00:00:00Z"]]],
      ], fixed: [("time_to_live", "1h")]),
    "fixture POST /snapshots": Recipe(bodies: [["snapshot": ["name": "<new>"]], ["snapshot": ["world": "<world>"]]]),
    "fixture POST /snapshots/:name/restore": Recipe(bodies: [
      ["restore": [:]], ["restore": ["world": "<world>"]],
    ]),
    "fixture PUT /snapshots/:name/import": Recipe(
      mediaType: "application/x-tar", before: ["fixture GET /snapshots/:name/export"]),
    "fixture POST /faults": .body(
      #"{"fault": {"kind": "error", "status": 503, "service": "compute", "first": 2}}"#,
      #"{"fault": {"kind": "quota", "project": "demo"}}"#, #"{"fault": {"kind": "slow", "bytes_per_second": 100000}}"#,
      #"{"fault": {"kind": "delay", "delay": "1ms", "path": "*/servers*"}}"#, #"{"fault": {"kind": "spawning"}}"#),
    "fixture POST /marks": Recipe(bodies: [["mark": ["name": "<new>"]], ["mark": [:]]]),
    "fixture PUT /clock": Recipe(bodies: [
      ["clock": ["mode": "stopped"]], ["clock": ["mode": "real"]], ["clock": ["mode": "paced", "rate": 60]],
      ["clock": ["mode": "stopped", "now": "2026-06-01T00:00:00Z"]],
    ]),
    "fixture POST /clock/advance": Recipe(
      bodies: [["advance": ["by": "1s"]], ["advance": ["until": "idle"]]], before: ["fixture PUT /clock"]),
    "fixture POST /wait": Recipe(
      bodies: [
        ["wait": ["resource": "server", "id": "<server>", "status": "ACTIVE"]],
        ["wait": ["resource": "image", "id": "<image>", "status": "active"]],
        ["wait": ["resource": "server", "id": "<uuid>", "status": "DELETED"]],
      ], fixed: [("timeout", "1ms")]),
    "fixture GET /snapshots/:name/difference": Recipe(queries: ["", "with=<snapshot>"]),
    "fixture GET /journal": Recipe(queries: ["", "limit=5", "status=4xx&limit=3", "service=compute", "follow=true"]),
    "fixture GET /why/:request_id": Recipe(parameters: ["request_id": ["<refused request>", "req-<uuid>"]]),
  ]
}
