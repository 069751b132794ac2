#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The memory that the process takes: for limits on what is no tensor (lists, strings, tables) and for forecasts.
enum ResidentMemory {
    /// The bytes in memory now; where the system does not say, the most there were so far.
    static var byteCount: Int {
        #if os(Linux)
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        if file >= 0 {
            defer { close(file) }
            var text: [UInt8] = Array(repeating: 0, count: 128)
            let count = read(file, &text, text.count)
            // The second number is the count of resident pages.
            let fields = text.prefix(max(count, 0)).split(separator: UInt8(ascii: " "))
            if fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) { return pages * Int(sysconf(Int32(_SC_PAGESIZE))) }
        }
        #endif
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) << 10
        #endif
    }
}
