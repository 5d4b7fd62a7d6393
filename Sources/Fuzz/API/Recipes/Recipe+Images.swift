import OpenStackAPI

extension Recipe {
  static let ofImages: [String: Recipe] = [
    "image POST /images": .body(
      #"{"name": "<new>", "disk_format": "raw", "container_format": "bare", "visibility": "shared"}"#,
      #"{"id": "<uuid>", "name": "é", "tags": ["a"], "min_ram": 1, "any": "thing"}"#,
      #"{"name": "<new>", "disk_format": "raw", "container_format": "bare", "visibility": "public"}"#),
    "image PATCH /images/:image_id": Recipe(
      bodies: [
        [["op": "replace", "path": "/name", "value": "<new>"]], [["op": "add", "path": "/key", "value": "v"]],
        [["op": "replace", "path": "/visibility", "value": "community"]],
        [["op": "remove", "path": "/key"]], [["op": "add", "path": "/tags/-", "value": "x"]],
        [["op": "add", "path": "/locations/-", "value": ["url": "http://127.0.0.1/a", "metadata": [:]]]],
        [["replace": "/min_ram", "value": 1]],
      ], mediaType: "application/openstack-images-v2.1-json-patch"),
    "image PUT /images/:image_id/file": Recipe(
      mediaType: "application/octet-stream", bytes: files, before: ["image POST /images"]),
    "image PUT /images/:image_id/stage": Recipe(
      mediaType: "application/octet-stream", bytes: files, before: ["image POST /images"]),
    "image GET /images/:image_id/file": Recipe(before: ["image PUT /images/:image_id/file"]),
    "image POST /images/:image_id/import": .body(
      #"{"method": {"name": "glance-direct"}}"#, #"{"method": {"name": "web-download", "uri": "http://127.0.0.1/a"}}"#,
      #"{"method": {"name": "copy-image"}, "stores": ["slow"]}"#, before: ["image PUT /images/:image_id/stage"]),
    "image POST /images/:image_id/members": .body(
      #"{"member": "<project of member>"}"#, #"{"member": "<project>"}"#, before: ["image POST /images"]),
    "image PUT /images/:image_id/members/:member_id": .body(
      #"{"status": "accepted"}"#, as: "member", before: ["image POST /images/:image_id/members"]),
    "image DELETE /images/:image_id/members/:member_id": Recipe(before: ["image POST /images/:image_id/members"]),
    "image POST /images/:image_id/actions/deactivate": Recipe(before: ["image PUT /images/:image_id/file"]),
    "image POST /images/:image_id/actions/reactivate": Recipe(before: [
      "image POST /images/:image_id/actions/deactivate"
    ]),
    "image POST /images/:image_id/locations": .body(
      #"{"url": "http://127.0.0.1/a"}"#, as: "service", before: ["image POST /images #2"]),
    "image PUT /cache/:image_id": Recipe(before: ["image PUT /images/:image_id/file"]),
    "image DELETE /cache/:image_id": Recipe(before: ["image PUT /cache/:image_id"]),
    "image DELETE /stores/:store_id/:image_id": Recipe(
      parameters: ["store_id": ["slow"]],
      before: ["image PUT /images/:image_id/file", "image POST /images/:image_id/import #2!"]),
    "image POST /tasks": .body(
      #"{"type": "import", "input": {"import_from": "http://127.0.0.1/a", "import_from_format": "raw", "image_properties": {}}}"#,
      #"{"type": "api_image_import", "input": {"image_id": "<image>"}}"#),
    "image GET /images": Recipe(queries: [
      "", "limit=2&sort=name:asc", "visibility=all", "tag=a", "name=in:a,b", "created_at=gt:2020-01-01T00:00:00Z",
      "marker=<image>",
      "sort_key=size&sort_dir=desc", "size_min=0&status=active", "member_status=all&visibility=shared",
      "owner=<project>",
    ]),
  ]

  /// Bytes of images: none in particular, a qcow2's header, and much of the same.
  private static let files: [[UInt8]] = [
    Array("hello".utf8),
    [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3] + Array(repeating: 0, count: 16) + [0, 0, 0, 16, 0, 0, 0, 0, 0, 1, 0, 0]
      + Array(repeating: 0, count: 600), Array(repeating: 7, count: 100_000),
  ]
}
