import OpenStackAPI

/// The schemas of images, members and tasks: names, types, words and bounds are those of glance/api/v2.
enum ImageSchemas {
  static let diskFormats = ["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"]
  static let containerFormats = ["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]

  static let image = SchemaDocument(
    "image", imageProperties + imageLinks, additional: .strings,
    links: [("self", "{self}"), ("enclosure", "{file}"), ("describedby", "{schema}")])

  private static let imageProperties: [(key: String, value: JSON)] = [
    ("id", .property("string", description: "The image's id", where: ("pattern", .string(SchemaValidator.uuid)))),
    ("name", .property("null", "string", description: "A name for people", where: ("maxLength", 255))),
    (
      "status",
      .property(
        "string", readOnly: true, description: "The image's state",
        where: (
          "enum",
          .words([
            "queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete",
            "deactivated",
          ])
        ))
    ),
    (
      "visibility",
      .property(
        "string", description: "Who can see the image",
        where: ("enum", .words(["community", "public", "private", "shared"])))
    ),
    ("protected", .property("boolean", description: "Whether the image is safe from deletion")),
    ("os_hidden", .property("boolean", description: "Whether default lists leave the image out")),
    (
      "checksum", .property("null", "string", readOnly: true, description: "MD5 of the bytes", where: ("maxLength", 32))
    ),
    (
      "os_hash_algo",
      .property(
        "null", "string", readOnly: true, description: "The algorithm of os_hash_value", where: ("maxLength", 64))
    ),
    (
      "os_hash_value",
      .property("null", "string", readOnly: true, description: "The digest of the bytes", where: ("maxLength", 128))
    ),
    ("owner", .property("null", "string", description: "The project it belongs to", where: ("maxLength", 255))),
    ("size", .property("null", "integer", readOnly: true, description: "Bytes of the file")),
    ("virtual_size", .property("null", "integer", readOnly: true, description: "Bytes of the disk inside")),
    (
      "container_format",
      .property(
        "null", "string", description: "What is around the disk",
        where: ("enum", .words(containerFormats, orNull: true)))
    ),
    (
      "disk_format",
      .property(
        "null", "string", description: "How the disk is written", where: ("enum", .words(diskFormats, orNull: true)))
    ),
    ("created_at", .property("string", readOnly: true, description: "When it was registered")),
    ("updated_at", .property("string", readOnly: true, description: "When it last changed")),
    (
      "tags",
      .property(
        "array", description: "Words for finding it", where: ("items", .property("string", where: ("maxLength", 255))))
    ),
    ("min_ram", .property("integer", description: "Memory in MB that a server needs")),
    ("min_disk", .property("integer", description: "Disk in GB that a server needs")),
  ]

  private static let imageLinks: [(key: String, value: JSON)] = [
    ("direct_url", .property("string", readOnly: true, description: "Where the store keeps the bytes")),
    ("self", .property("string", readOnly: true, description: "The image's path")),
    ("file", .property("string", readOnly: true, description: "The path of its bytes")),
    ("stores", .property("string", readOnly: true, description: "The stores that hold its bytes")),
    ("schema", .property("string", readOnly: true, description: "The path of this document")),
    ("locations", .property("array", description: "Where its bytes are", where: ("items", location))),
  ]

  private static let location = JSON.property(
    "object",
    where: (
      "properties",
      [
        "url": .property("string", where: ("maxLength", 255)), "metadata": .property("object"),
        "validation_data": validationData,
      ]
    ), ("required", ["url", "metadata"]))

  /// What `POST /v2/images/{id}/locations` takes, as the member `add_location`.
  static let addedLocation = SchemaDocument(
    "location",
    [
      (
        "add_location",
        .property(
          "object", description: "Where an image is, and what its digests must be",
          where: (
            "properties",
            [
              "url": .property("string", readOnly: true, description: "The location's address"),
              "validation_data": addedValidationData,
            ]
          ), ("required", ["url"]))
      )
    ], additional: .strings)

  private static let addedValidationData = JSON.property(
    "object", description: "Digests that the bytes must have", where: ("writeOnly", true),
    ("additionalProperties", false),
    (
      "properties",
      [
        "os_hash_algo": .property(
          "string", where: ("maxLength", 64), ("enum", .words(["sha1", "sha256", "sha512", "md5"]))),
        "os_hash_value": .property("string", where: ("maxLength", 128)),
      ]
    ), ("dependentRequired", ["os_hash_value": ["os_hash_algo"], "os_hash_algo": ["os_hash_value"]]))

  private static let validationData = JSON.property(
    "object", description: "Digests that the bytes must have", where: ("writeOnly", true),
    ("additionalProperties", false),
    (
      "properties",
      [
        "checksum": .property("string", where: ("minLength", 32), ("maxLength", 32)),
        "os_hash_algo": .property("string", where: ("maxLength", 64)),
        "os_hash_value": .property("string", where: ("maxLength", 128)),
      ]
    ), ("required", ["os_hash_algo", "os_hash_value"]))

  static let member = SchemaDocument(
    "member",
    [
      ("member_id", .property("string", description: "The project the image is shared with")),
      (
        "image_id",
        .property("string", description: "The image's id", where: ("pattern", .string(SchemaValidator.uuid)))
      ),
      ("created_at", .property("string", description: "When the image was shared")),
      ("updated_at", .property("string", description: "When the answer last changed")),
      (
        "status",
        .property(
          "string", description: "What the project answered",
          where: ("enum", .words(["pending", "accepted", "rejected"])))
      ),
      ("schema", .property("string", readOnly: true)),
    ])

  static let task = SchemaDocument("task", taskHead + taskBody + taskTail)
  /// A task in a list.
  static let briefTask = SchemaDocument("task", taskHead + taskTail)

  private static let taskHead: [(key: String, value: JSON)] = [
    ("id", .property("string", description: "The task's id", where: ("pattern", .string(SchemaValidator.uuid)))),
    (
      "type",
      .property(
        "string", description: "What the task does",
        where: ("enum", .words(["import", "api_image_import", "location_import"])))
    ),
    (
      "status",
      .property(
        "string", description: "How far the task is",
        where: ("enum", .words(["pending", "processing", "success", "failure"])))
    ),
  ]

  private static let taskBody: [(key: String, value: JSON)] = [
    ("input", .property("null", "object", description: "What the task was given")),
    ("result", .property("null", "object", description: "What came of the task")),
    ("message", .property("string", description: "Why the task failed")),
  ]

  private static let taskTail: [(key: String, value: JSON)] = [
    ("owner", .property("string", description: "The project of the task")),
    ("image_id", .property("string", description: "The image that the task works on")),
    ("request_id", .property("string", description: "The request that began the task")),
    ("user_id", .property("string", description: "Who began the task")),
    ("expires_at", .property("null", "string", description: "When the task is forgotten")),
    ("created_at", .property("string", description: "When the task began")),
    ("updated_at", .property("string", description: "When the task last changed")),
    ("self", .property("string", readOnly: true)),
    ("schema", .property("string", readOnly: true)),
  ]
}
