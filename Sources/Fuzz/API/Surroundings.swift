import OpenStackAPI

/// What a round's server is started with.
enum Surroundings {
  /// Where ordinary requests go.
  static let world = "field"
  /// Where the control interface may do what would end the round: reset, restore, stop the clock, inject faults.
  static let victims = ["default", "side"]

  /// The command line: each round another release now and then, or a world on the disk.
  static func arguments(of round: Int) -> [String] {
    let storage = round % 8 == 5 ? ["--data", "<scratch>/data"] : ["--memory"]
    let releases: [Release] = [.latest, .latest, .gazpacho, .latest, .train, .latest, .epoxy, .mitaka]
    return storage + ["--seed", "1", "--release", releases[round % releases.count].rawValue]
  }

  static let configuration: JSON = [
    "log_level": "error", "worlds": ["side"],
    "fixture": ["max_worlds": 8, "journal_entries": 300, "journal_body_bytes": 2000, "metadata": true],
    "identity": ["password_hash_rounds": 1],
    "compute": [
      "reclaim_instance_interval": 3600, "shelved_offload_time": -1,
      "consoles": ["novnc", "spice-html5", "spice-direct", "serial", "webmks"],
      "quota": ["instances": -1, "cores": -1, "ram": -1, "key_pairs": -1, "server_groups": -1],
    ],
    "image": [
      "show_multiple_locations": true, "show_image_direct_url": true, "require_image_format_match": false,
      "import_filtering_opts": ["allowed_hosts": ["127.0.0.1"], "allowed_ports": []],
    ],
    "seed": [
      "domains": [["id": "default", "name": "Default"], ["id": "elsewhere", "name": "Elsewhere"]],
      "projects": [["name": "admin"], ["name": "demo"], ["name": "service"], ["name": "other"]],
      "users": [
        [
          "name": "admin", "password": "secret", "roles": ["admin": ["admin"], "demo": ["admin"]],
          "domain_roles": ["default": ["admin"]], "system_roles": ["admin"],
        ],
        user("demo", roles: ["demo": ["member"]]), user("manager", roles: ["demo": ["manager"]]),
        user("reader", roles: ["demo": ["reader"]]), user("other", roles: ["other": ["member"]]),
        user("nova", roles: ["service": ["service"]]), user("off", roles: ["demo": ["member"]]),
        ["name": "auditor", "password": "secret", "system_roles": ["reader"]],
        ["name": "lady", "password": "secret", "domain": "elsewhere", "domain_roles": ["elsewhere": ["admin"]]],
      ],
    ],
  ]

  private static func user(_ name: String, roles: JSON) -> JSON {
    ["name": .string(name), "password": "secret", "roles": roles]
  }
}
