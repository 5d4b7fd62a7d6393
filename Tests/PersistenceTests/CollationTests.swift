import Persistence
import Testing

/// What MariaDB 10.11 says of utf8mb3_general_ci.
@Suite("The general collation")
struct CollationTests {
  @Test("takes letters for the same whatever their case and accent, and blanks at the end for nothing")
  func same() {
    let same = [
      ("a", "A"), ("e", "é"), ("ß", "s"), ("a", "a  "), ("i", "İ"), ("ı", "I"), ("σ", "ς"), ("ſ", "s"),
      ("Ж", "ж"), ("ǅ", "ǆ"), ("Ａ", "ａ"), ("", " "), ("ё", "е"), ("Straße", "STRASE"),
    ]
    for (a, b) in same {
      #expect(Array(GeneralCollation.key(a).utf8) == Array(GeneralCollation.key(b).utf8), "\(a) \(b)")
    }
  }

  @Test("takes nothing apart or together, and does not know what is newer than itself")
  func different() {
    let different = [
      ("é", "e\u{301}"), ("ß", "ss"), ("a", " a"), ("a", "a\t"), ("ø", "o"), ("Æ", "ae"), ("ﬁ", "fi"), ("Ａ", "a"),
      ("漢", "字"), ("ẞ", "ß"), ("й", "и"), ("😀", "😁"), ("a\0", "a"), ("ა", "Ა"),
      ("\u{212A}", "k"),
    ]
    for (a, b) in different {
      #expect(Array(GeneralCollation.key(a).utf8) != Array(GeneralCollation.key(b).utf8), "\(a) \(b)")
    }
  }

  @Test("has the weight of every character of the basic plane (the digest that collation.py prints)")
  func all() {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for scalar in (0...UInt32(0xFFFF)).compactMap(Unicode.Scalar.init) {
      let folded = GeneralCollation.fold(String(scalar)).unicodeScalars
      #expect(folded.count == 1)
      for weight in folded { digest = (digest ^ UInt64(weight.value)) &* 0x100_0000_01B3 }
    }
    #expect(digest == 0x2293_108F_8711_C2D1)
  }

  @Test("is a function of SQL; what is no text is folded as its text, and NULL stays NULL")
  func sql() throws {
    let database = try Database(.memory, migrations: [])
    let found = try database.read { db in
      try db.query(
        "SELECT \(GeneralCollation.key(sql: "column1")) IS ? FROM (VALUES ('Grün '), ('gRUN'), (NULL), (12))", "GRUN",
        as: Bool.self)
    }
    #expect(found == [true, true, false, false])
  }
}
