#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The one function of the C library that arithmetic on plain numbers needs.
enum CoreMath {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
