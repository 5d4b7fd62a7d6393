import Glibc

/// The preferred date format (RFC 9110 section 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Formats a time given in seconds since 1970, not before it.
  public static func format(_ seconds: Int) -> String {
    let seconds = max(0, seconds)
    let day = seconds / 86400
    let (year, month, date) = civil(day)
    let rest = seconds % 86400
    let time = [rest / 3600, rest / 60 % 60, rest % 60].map(pad).joined(separator: ":")
    return "\(days[day % 7]), \(pad(date)) \(months[month - 1]) \(year) \(time) GMT"
  }

  private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// The Gregorian date of a day counted from 1 January 1970. Years begin in March here, so that the leap day is last.
  private static func civil(_ day: Int) -> (year: Int, month: Int, date: Int) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
  }
}

/// The Date field line, made once a second.
///
/// Safe to share between threads: owned by a loop and touched on it only.
final class DateCache: @unchecked Sendable {
  private var second = -1
  private let line = OutputBuffer(capacity: 64)

  func append(to out: OutputBuffer) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != second {
      second = now.tv_sec
      line.removeAll()
      line.append("Date: ")
      line.append(HTTPDate.format(second))
      line.append("\r\n")
    }
    out.append(line.bytes)
  }
}
