import OpenStackAPI

extension Recipe {
  static let ofMetadefs: [String: Recipe] = [
    "image POST /metadefs/namespaces": .body(
      #"{"namespace": "<new>"}"#,
      """
      {"namespace": "<new>", "visibility": "public", "objects": [{"name": "o", "properties": {"p": {"title": "t",
      "type": "string"}}}], "properties": {"p": {"title": "t", "type": "integer", "minimum": 1}},
      "tags": [{"name": "t"}], "resource_type_associations": [{"name": "OS::Nova::Server"}]}
      """),
    "image PUT /metadefs/namespaces/:namespace": .body(
      #"{"namespace": "<namespace>", "description": "x"}"#),
    "image POST /metadefs/namespaces/:namespace/objects": .body(
      #"{"name": "<new>", "properties": {"p": {"title": "t", "type": "string"}}}"#),
    "image PUT /metadefs/namespaces/:namespace/objects/:object_name": .body(#"{"name": "<new>"}"#),
    "image POST /metadefs/namespaces/:namespace/properties": .body(
      #"{"name": "<new>", "title": "t", "type": "array", "items": {"type": "string", "enum": ["a"]}, "operators": ["<or>"]}"#
    ),
    "image PUT /metadefs/namespaces/:namespace/properties/:property_name": .body(
      #"{"name": "<new>", "title": "t", "type": "string", "default": "x"}"#),
    "image POST /metadefs/namespaces/:namespace/tags": .body(#"{"tags": [{"name": "<new>"}]}"#),
    "image POST /metadefs/namespaces/:namespace/tags/:tag_name": Recipe(parameters: ["tag_name": ["<new>"]]),
    "image PUT /metadefs/namespaces/:namespace/tags/:tag_name": .body(#"{"name": "<new>"}"#),
    "image POST /metadefs/namespaces/:namespace/resource_types": .body(
      #"{"name": "<new>", "prefix": "p_", "properties_target": "image"}"#),
  ]
}
