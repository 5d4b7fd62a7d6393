import OpenStackAPI
import Testing

@Suite("Versions and moments")
struct VersionTests {
  @Test("2.10 comes after 2.9")
  func order() {
    #expect(Version(2, 9) < "2.10")
    #expect(("2.1" as Version).description == "2.1")
  }

  @Test(
    "a malformed version is none", arguments: ["2", "2.", ".1", "2.01", "2.1a", "2.1.1", "", "-2.1", "2. 1", "a.b"])
  func malformed(text: String) {
    #expect(Version(text[...]) == nil)
  }

  @Test("a status moves with the versions")
  func byVersion() {
    let status: ByVersion<Int> = ["2.1": 200, "2.2": 201]
    #expect([status["2.1"], status["2.2"], status["2.104"]] == [200, 201, 201])
  }

  @Test(
    "moments are written in each service's way and read back",
    arguments: [0, 951_782_400, 1_795_460_418, 4_102_444_799, -86_400])
  func moments(seconds: Int) {
    let moment = Timestamp(microseconds: seconds * 1_000_000 + 123_456)
    #expect(Timestamp(iso8601: moment.text(.microsecondsZ)) == moment)
    #expect(Timestamp(iso8601: moment.text(.microseconds)) == moment)
    #expect(Timestamp(iso8601: moment.text(.seconds))?.seconds == seconds)
  }

  @Test("known moments look as they should")
  func known() {
    #expect(Timestamp(seconds: 1_795_466_418).text(.seconds) == "2026-11-23T20:40:18Z")
    #expect(Timestamp(seconds: 951_826_554).text(.microseconds) == "2000-02-29T12:15:54.000000")
    #expect(Timestamp(iso8601: "2026-11-23T22:40:18+02:00") == Timestamp(seconds: 1_795_466_418))
    #expect(Timestamp(iso8601: "2026-11-23")?.text(.plain) == "2026-11-23T00:00:00")
  }

  @Test(
    "what is no moment is refused",
    arguments: [
      "", "zz", "2026-13-01", "2026-02-30", "2026-01-01T25:00", "2026-01-01T10:00:00X", "2026-01-01T", "20260101",
    ])
  func refused(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }
}
