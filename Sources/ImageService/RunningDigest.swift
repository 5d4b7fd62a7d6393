import CDigest

/// A digest of bytes that come one after the other.
///
/// OpenSSL's, not swift-crypto's, whose SHA-512 takes half as long again on processors with AVX2 that are not Intel's: an
/// upload spends most of its time in it. See <https://docs.openssl.org/3.0/man3/SHA256_Init/>.
protocol RunningDigest {
  mutating func update(_ bytes: UnsafeRawBufferPointer)
  /// The digest; nothing may follow.
  mutating func finish() -> [UInt8]
}

/// The digests that Glance knows, by their names in `os_hash_algo`.
enum DigestAlgorithm: String {
  case md5, sha1, sha256, sha512

  /// How long its digests are.
  var byteCount: Int {
    switch self {
    case .md5: Int(MD5_DIGEST_LENGTH)
    case .sha1: Int(SHA_DIGEST_LENGTH)
    case .sha256: Int(SHA256_DIGEST_LENGTH)
    case .sha512: Int(SHA512_DIGEST_LENGTH)
    }
  }

  /// A digest of nothing so far.
  var begun: any RunningDigest {
    switch self {
    case .md5: MD5_CTX.begun
    case .sha1: SHA_CTX.begun
    case .sha256: SHA256_CTX.begun
    case .sha512: SHA512_CTX.begun
    }
  }
}

extension MD5_CTX: RunningDigest {
  fileprivate static var begun: Self {
    var context = Self()
    MD5_Init(&context)
    return context
  }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { MD5_Update(&self, bytes.baseAddress, bytes.count) }
  mutating func finish() -> [UInt8] { digest(MD5_DIGEST_LENGTH) { MD5_Final($0, &self) } }
}

extension SHA_CTX: RunningDigest {
  fileprivate static var begun: Self {
    var context = Self()
    SHA1_Init(&context)
    return context
  }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA1_Update(&self, bytes.baseAddress, bytes.count) }
  mutating func finish() -> [UInt8] { digest(SHA_DIGEST_LENGTH) { SHA1_Final($0, &self) } }
}

extension SHA256_CTX: RunningDigest {
  fileprivate static var begun: Self {
    var context = Self()
    SHA256_Init(&context)
    return context
  }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA256_Update(&self, bytes.baseAddress, bytes.count) }
  mutating func finish() -> [UInt8] { digest(SHA256_DIGEST_LENGTH) { SHA256_Final($0, &self) } }
}

extension SHA512_CTX: RunningDigest {
  fileprivate static var begun: Self {
    var context = Self()
    SHA512_Init(&context)
    return context
  }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { SHA512_Update(&self, bytes.baseAddress, bytes.count) }
  mutating func finish() -> [UInt8] { digest(SHA512_DIGEST_LENGTH) { SHA512_Final($0, &self) } }
}

private func digest(_ length: Int32, _ write: (UnsafeMutablePointer<UInt8>?) -> Int32) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: Int(length)) { digest, count in
    _ = write(digest.baseAddress)
    count = Int(length)
  }
}
