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
    case .md5: OpenSSLDigest(MD5_CTX(), byteCount, MD5_Init, MD5_Update, MD5_Final)
    case .sha1: OpenSSLDigest(SHA_CTX(), byteCount, SHA1_Init, SHA1_Update, SHA1_Final)
    case .sha256: OpenSSLDigest(SHA256_CTX(), byteCount, SHA256_Init, SHA256_Update, SHA256_Final)
    case .sha512: OpenSSLDigest(SHA512_CTX(), byteCount, SHA512_Init, SHA512_Update, SHA512_Final)
    }
  }
}

/// What OpenSSL's digests have in common: a context, and functions that begin it, add to it and end it.
private struct OpenSSLDigest<Context>: RunningDigest {
  typealias Begin = (UnsafeMutablePointer<Context>?) -> Int32
  typealias Add = (UnsafeMutablePointer<Context>?, UnsafeRawPointer?, Int) -> Int32
  typealias End = (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Context>?) -> Int32

  private var context: Context
  private let byteCount: Int
  private let add: Add
  private let end: End

  init(_ context: Context, _ byteCount: Int, _ begin: Begin, _ add: @escaping Add, _ end: @escaping End) {
    (self.context, self.byteCount, self.add, self.end) = (context, byteCount, add, end)
    _ = begin(&self.context)
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { _ = add(&context, bytes.baseAddress, bytes.count) }

  mutating func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    _ = end(&digest, &context)
    return digest
  }
}
