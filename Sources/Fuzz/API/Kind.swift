/// What an id is the id of. Words in paths, bodies and answers that mean the same have the same kind.
enum Kind {
  private static let aliases = [
    "tenant": "project", "default_project": "project", "owner": "project", "member": "project", "parent": "project",
    "tenantid": "project", "trustor_user": "user", "trustee_user": "user", "userid": "user",
    "prior_role": "role", "implied_role": "role", "implie": "role", "flavorref": "flavor", "imageref": "image",
    "key_name": "keypair", "server_uuid": "server", "instance_uuid": "server", "parent_region": "region",
    "idp": "identity_provider", "credentialid": "credential", "ec2": "credential", "cred": "credential",
    "hypervisor_hostname": "host", "dest_compute": "host", "subject": "token",
  ]

  /// Of a parameter, by the segment before it where its own name says nothing.
  static func of(segment: String, parameter: String) -> String {
    let isGeneric = ["id", "name", "key", "value", "alias"].contains(parameter)
    return of(isGeneric ? segment : parameter)
  }

  /// Of a member of a body, or a segment of a path.
  static func of(_ name: String) -> String {
    let word = word(name)
    return aliases[word] ?? word
  }

  /// The word alone, without what stands around it: `os-keypairs` and `keypair` are one.
  static func word(_ name: String) -> String {
    var word = name.lowercased()
    if word.hasPrefix("os-") { word.removeFirst(3) }
    for suffix in ["_id", "_ids"] where word.hasSuffix(suffix) { word.removeLast(suffix.count) }
    if word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    if word.hasSuffix("s") { word.removeLast() }
    return word.replacing("-", with: "_")
  }
}
