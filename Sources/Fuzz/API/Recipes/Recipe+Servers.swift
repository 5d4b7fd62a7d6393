import OpenStackAPI

extension Recipe {
  static let ofServers: [String: Recipe] = [
    "compute POST /servers": .body(
      #"{"server": {"name": "<new>", "flavorRef": "1", "imageRef": "<seeded image>", "networks": "none", "metadata": {"key": "v"}}}"#,
      #"{"server": {"name": "<new>", "flavorRef": "1", "imageRef": "<seeded image>"}}"#),
    "compute PUT /servers/:id": .body(#"{"server": {"name": "<new>"}}"#),
    "compute PUT /servers/:server_id/metadata/:key": .body(#"{"meta": {"key": "v"}}"#, parameters: ["key": ["key"]]),
    "compute PUT /servers/:server_id/tags/:tag": Recipe(bodies: [nil]),
    "compute PUT /servers/:server_id/tags": .body(#"{"tags": ["a", "b"]}"#),
    action("os-start"): Recipe(before: [action("os-stop")]),
    action("unpause"): Recipe(before: [action("pause")]),
    action("resume"): Recipe(before: [action("suspend")]),
    action("unrescue"): Recipe(before: [action("rescue")]),
    action("unshelve"): Recipe(bodies: [["unshelve": nil]], before: [action("shelve")]),
    action("shelveOffload"): Recipe(before: [action("shelve")]),
    action("confirmResize"): Recipe(before: [action("resize")]),
    action("revertResize"): Recipe(before: [action("resize")]),
    action("resize"): .body(#"{"resize": {"flavorRef": "2"}}"#),
    action("reboot"): .body(#"{"reboot": {"type": "HARD"}}"#, #"{"reboot": {"type": "SOFT"}}"#),
    action("rebuild"): .body(#"{"rebuild": {"imageRef": "<seeded image>"}}"#),
    action("createImage"): .body(#"{"createImage": {"name": "<new>", "metadata": {"a": "b"}}}"#),
    action("createBackup"): .body(#"{"createBackup": {"name": "<new>", "backup_type": "daily", "rotation": 1}}"#),
    action("changePassword"): .body(#"{"changePassword": {"adminPass": "secret"}}"#),
    action("evacuate"): .body(
      #"{"evacuate": {}}"#, #"{"evacuate": {"onSharedStorage": false}}"#,
      before: ["compute PUT /os-services/:id #1"], after: ["compute PUT /os-services/:id #2"]),
    action("restore"): Recipe(bodies: [["restore": nil]], isOfDeleted: true, before: ["compute DELETE /servers/:id"]),
    action("resetNetwork"): Recipe(bodies: [["resetNetwork": nil]]),
    action("os-getRDPConsole"): .body(#"{"os-getRDPConsole": {"type": "rdp-html5"}}"#),
    action("os-migrateLive"): .body(
      #"{"os-migrateLive": {"host": null, "block_migration": "auto"}}"#,
      #"{"os-migrateLive": {"host": null, "block_migration": false, "disk_over_commit": false}}"#),
    action("os-getConsoleOutput"): .body(#"{"os-getConsoleOutput": {"length": 5}}"#),
    action("os-getVNCConsole"): .body(#"{"os-getVNCConsole": {"type": "novnc"}}"#),
    action("os-getSPICEConsole"): .body(#"{"os-getSPICEConsole": {"type": "spice-html5"}}"#),
    action("os-getSerialConsole"): .body(#"{"os-getSerialConsole": {"type": "serial"}}"#),
    action("os-resetState"): .body(#"{"os-resetState": {"state": "error"}}"#),
    "compute POST /servers/:server_id/remote-consoles": .body(
      #"{"remote_console": {"protocol": "vnc", "type": "novnc"}}"#,
      #"{"remote_console": {"protocol": "serial", "type": "serial"}}"#),
    "compute GET /servers/:server_id/os-instance-actions/:request_id": Recipe(
      before: ["compute GET /servers/:server_id/os-instance-actions"]),
  ]

  private static func action(_ name: String) -> String { "compute POST /servers/:id/action \(name)" }
}
