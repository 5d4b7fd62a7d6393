import OpenStackAPI

extension Draw {
  /// Texts among which those of most forms are.
  static let texts = [
    "a", "ab", "A name", "n1", "1", "0", "true", "a.b", "a-b", "a@b.c", "a_b", "ä", "/a", "/0.0.0.0", ".*", "^a", "GET",
    "10.0.0.1", "::1", "http://127.0.0.1/a", "aGVsbG8=", "1ms", "5m", "2026-06-01T00:00:00Z", "2030-01-01 00:00:00",
    "00000000000000000000000000000001", "00000000-0000-4000-8000-000000000001", "novnc", "default", "public",
    "application/json", "identity", "compute", "nova", "network-changed", "404", "5xx",
  ]

  /// Values among which those of most checks are.
  static let typical: [JSON] =
    [
      nil, true, false, 1, 0, -1, .number(0.5), .number(1), [], .object(JSONObject()), ["a"], ["key": "value"],
      ["id": "a"], ["name": "a"], ["empty": true], ["world": "default"], [["id": "a"]],
    ] + texts.map(JSON.string)

  /// What members of these names usually hold.
  static let usual: [String: [JSON]] = [
    "immutable": [false],
    "public_key": [.string(publicKey)], "expires_at": ["2030-01-01T00:00:00.000000Z", nil],
    "timeout": ["1ms"], "time_to_live": ["1h"], "delay": ["1ms"], "jitter": ["1ms"], "retry_after": ["1s"],
    "within": ["1h"], "by": ["1s", "10m"], "resource": ["server", "image"],
    "operation": ["os_compute_api:servers:index"],
    "url": ["http://127.0.0.1/a"], "auth_url": ["http://127.0.0.1/a"], "sp_url": ["http://127.0.0.1/a"],
    "availability_zone": ["nova"], "networks": ["none"], "original_password": ["secret"], "interface": ["public"],
    "imageRef": ["<image>"], "flavorRef": ["<flavor>"], "host": ["pocketstack"], "backup_type": ["daily"],
    "parent_id": [nil, "<project>"], "domain_id": ["default", "<domain>"], "from": [nil, ["empty": true]],
    "roles": [[["id": "<role>"]], [["name": "member"]]], "remote_ids": [["<new>"]], "password": ["secret"],
    "block_migration": [false, "auto"], "disk_over_commit": [false], "adminPass": ["secret"],
    "policies": [["affinity"], ["anti-affinity"]],
    "rules": [[["local": [["user": ["name": "{0}"]]], "remote": [["type": "a"]]]]],
    "user_data": ["aGVsbG8="], "filters": [["service_id": "<service>"], ["interface": "public"]], "blob": ["{}"],
    "contents": ["aGVsbG8="], "zone": ["nova"], "binary": ["nova-compute"], "locked_reason": ["because"],
    "block_device_mapping_v2": [
      [["source_type": "image", "uuid": "<image>", "destination_type": "local", "boot_index": 0]]
    ],
  ]

  static let publicKey = """
    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3nO1lXyT3NnfHhWqk8BSpGhRZ8T0JpYkfHnXcQk6Zt fuzz
    """

  /// What nobody expects of a value.
  static let odd: [JSON] = [
    nil, true, false, 0, -1, 1, .number(1.5), .number(-0.0), .number(1e308), .integer(.max), .integer(.min),
    .bigInteger("9223372036854775808"), .bigInteger("-9223372036854775809"),
    .bigInteger("1" + String(repeating: "0", count: 400)), "", " ", "\n", "\u{0}", "\u{FEFF}", "é", "e\u{301}", "😀",
    "\u{202E}", "\u{FFFF}", "%s%n", "'; --", "../..", "%2F", "*", ".*", "(a+)+$", "null", "None", "True", "1", "-1",
    "1e9",
    "0x10", "NaN", "inf", "9223372036854775808", "99999999999999999999999999", "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59Z", "0000-00-00", "-1y", "999999999h",
    .string(String(repeating: "a", count: 256)), .string(String(repeating: "é", count: 4096)),
    .string(String(repeating: "a", count: 66_000)), [], [nil], [[]], ["a", "a"], [1, "a", nil], .object(JSONObject()),
    ["": ""], ["a": ["a": ["a": nil]]], ["id": 1], ["$ref": "#"], .array(Array(repeating: 0, count: 3000)), deep(30),
    deep(63),
  ]

  private static func deep(_ depth: Int) -> JSON { (0..<depth).reduce(.null) { inner, _ in ["a": inner] } }
}
