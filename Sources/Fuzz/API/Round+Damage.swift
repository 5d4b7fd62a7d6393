import OpenStackAPI

extension Round {
  /// Makes one part of a request wrong.
  func damage(_ draft: inout Draft) {
    switch draw.random.below(12) {
    case 0, 1: damagePath(&draft)
    case 2, 3: damageQuery(&draft)
    case 4: damageToken(&draft)
    case 5: damageMediaType(&draft)
    case 6: damageHeaders(&draft)
    case 7: draft.method = draw.random.pick("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO")
    case 8: if let body = draft.body { draft.body = .bytes(draw.broken(body.bytes)) }
    default: damageBody(&draft)
    }
  }

  private func damageBody(_ draft: inout Draft) {
    draft.isChunked = draw.random.once(in: 5)
    switch draft.body {
    case .json(let json): draft.body = .json(draw.mutated(json))
    case .bytes(let bytes): draft.body = .bytes(draw.broken(bytes))
    case nil:
      draft.body = draw.random.pick(Draw.typical).map(Draft.Content.json)
      draft.mediaType = "application/json"
    }
  }

  private func damagePath(_ draft: inout Draft) {
    guard !draft.values.isEmpty, !draw.random.once(in: 8) else { return draft.values.append(oddSegment()) }
    let index = draw.random.below(draft.values.count)
    switch draw.random.below(6) {
    case 0: draft.values[index] = draw.uuid()
    case 1: draft.values[index] = draw.hex()
    case 2: draft.values[index] += draw.random.pick("%0A", "%20", "/", "x", "%00", ".json", ";a=b")
    case 3:
      let kind = draw.random.pick("server", "user", "project", "image", "role", "flavor")
      draft.values[index] = draw.random.pick(draw.known.ids(of: kind))?.percentEncoded ?? "0"
    default: draft.values[index] = oddSegment()
    }
  }

  private func oddSegment() -> String {
    draw.random.pick(
      "%2F", "..", "%2e%2e", "%2E%2E%2Fcloud.sqlite", "%00", "a%00b", "%FF%FE", "%E9", "%", "%zz", "%F0%9F%98%80", "0",
      "-1",
      "1", "9223372036854775808", "99999999999999999999", "1e5", "null", "None", "detail", "default", "*", "%25",
      "%0D%0A",
      "'", "%22", "%3Cscript%3E", "a;b", "", "%20", "%C2%A0", "%EF%BB%BF", String(repeating: "a", count: 256),
      String(repeating: "a", count: 5000), String(repeating: "%41", count: 300), "é", "0x0", "true")
  }

  private func damageQuery(_ draft: inout Draft) {
    let pairs = (0...draw.random.below(3)).map { _ in
      let name = draw.random.pick(Self.queryNames) ?? "limit"
      return name + "=" + oddQueryValue()
    }
    let odd = draw.random.pick(
      "", "&&=&", "=", "%", "%FF=%FE", "a=b;c=d", "a[]=1", "limit", String(repeating: "a=1&", count: 500))
    let query = draw.random.once(in: 6) ? odd : pairs.joined(separator: "&")
    draft.query = draft.query.map { $0 + "&" + query } ?? query
  }

  private func oddQueryValue() -> String {
    switch draw.random.below(5) {
    case 0: return (draw.random.pick(Draw.odd)?.text ?? "1").prefix(3000).percentEncoded
    case 1: return draw.random.pick(Draw.texts)?.percentEncoded ?? ""
    case 2:
      return draw.random.pick(draw.known.ids(of: draw.random.pick("server", "user", "project", "image", "flavor")))
        ?? ""
    default:
      return draw.random.pick(
        "0", "1", "-1", "1000000", "9223372036854775807", "9223372036854775808", "asc", "desc", "name", "name:asc",
        "created_at", "id:desc,name:asc", "gt:5", "in:a,b,%22c", "lt:2026-01-01T00:00:00Z", "eq:x", "nope:1", "true",
        "None",
        "ACTIVE", "all", "(a%2B)%2B%24", "%5B", "2026-01-01", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", "é",
        "%00", "+")
    }
  }

  private static let queryNames = [
    "limit", "marker", "sort_key", "sort_dir", "sort", "name", "id", "status", "all_tenants", "project_id", "tenant_id",
    "user_id", "domain_id", "flavor", "image", "changes-since", "changes-before", "deleted", "host", "ip", "ip6",
    "tags",
    "tags-any", "not-tags", "not-tags-any", "reservation_id", "is_public", "minDisk", "minRam", "visibility", "owner",
    "size_min", "size_max", "created_at", "updated_at", "member_status", "tag", "protected", "os_hidden", "disk_format",
    "container_format", "name__icontains", "name__startswith", "enabled", "parent_id", "subtree_as_list",
    "parents_as_ids",
    "subtree_as_ids", "parents_as_list", "is_domain", "effective", "include_names", "include_subtree", "user.id",
    "group.id",
    "role.id", "scope.project.id", "scope.domain.id", "scope.system", "scope.OS-INHERIT:inherited_to", "allow_expired",
    "nocatalog", "type", "service_id", "interface", "region_id", "password_expires_at", "start", "end", "detailed",
    "with",
    "mark", "since", "service", "operation", "method", "binary", "migration_type", "source_compute", "key", "value",
    "usage_id", "availability_zone", "config_drive", "power_state", "task_state", "vm_state", "uuid", "locked",
    "belongsTo",
    "resource_types", "namespaces", "with_servers", "hypervisor_hostname_pattern", "zone", "event_type", "unique_id",
  ]

  private func damageToken(_ draft: inout Draft) {
    draft.headers.removeAll { $0.name == "X-Auth-Token" }
    switch draw.random.below(4) {
    case 0: return
    case 1: draft.headers.append(("X-Auth-Token", damaged(personas[draw.random.below(personas.count)].token)))
    default: draft.headers.append(("X-Auth-Token", draw.random.pick(deadTokens) ?? ""))
    }
  }

  private func damaged(_ token: String) -> String {
    var bytes = Array(token.utf8)
    if !bytes.isEmpty { bytes[draw.random.below(bytes.count)] = draw.random.pick(65, 66, 45, 95, 61, 33) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func damageMediaType(_ draft: inout Draft) {
    draft.mediaType = draw.random.pick(
      nil, "", "text/plain", "application/xml", "application/octet-stream", "application/json; charset=latin-1",
      "application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch", "/", ";", "a/b/c",
      "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "APPLICATION/JSON")
  }

  private func damageHeaders(_ draft: inout Draft) {
    let odd = draw.random.pick(
      "", "-1", "2.1", "2.999999", "2.0", "3.0", "9.9.9", "latest", "2.", "x", "compute", "é", "1, 2", "*")
    let name = draw.random.pick(
      "OpenStack-API-Version", "X-OpenStack-Nova-API-Version", "Accept", "X-Subject-Token", "Range", "If-Match",
      "If-Modified-Since", "Content-Range", "X-Forwarded-Proto", "X-Forwarded-Host", "Accept-Encoding",
      "Openstack-Auth-Receipt",
      "Authorization", "X-Image-Meta-Store", "X-Openstack-Request-Id", "Content-Encoding", "Expect", "Origin", "Cookie",
      "x-openstack-image-size", "x-image-cache-clear-target")
    let value =
      switch draw.random.below(5) {
      case 0: "compute \(odd)"
      case 1: draw.random.pick(deadTokens + personas.map(\.token)) ?? ""
      case 2:
        draw.random.pick(
          "bytes=0-", "bytes=5-1", "bytes=-1", "bytes 0-1/2", "Basic YTpi", "OAuth oauth_token=\"a\"", "gzip",
          "application/json-home")
      default: odd
      }
    draft.headers.append((name, value))
  }
}

extension Round {
  /// What takes long by design takes a short while here: waiting, and worlds that end by the machine's time.
  func restrain(_ draft: inout Draft) {
    guard case .json(let json) = draft.body, !draft.row.recipe.fixed.isEmpty else { return }
    guard let root = draft.row.route.body?.root, var members = json[root]?.object, var object = json.object else {
      return
    }
    for (name, value) in draft.row.recipe.fixed {
      let isHarmless = members[name].map { $0.text?.first?.isNumber != true } ?? false
      if !isHarmless { members[name] = value }
    }
    object[root] = .object(members)
    draft.body = .json(.object(object))
  }
}
