// Only the digests themselves: OpenSSL's newer interface (EVP) would take the whole of libcrypto into the binary.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>
