#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much of the native stack natives may still use to call back into the machine.
enum StackRoom {
    /// Whether there is room for another level of natives.
    static func isLeft(_ limit: UInt) -> Bool {
        var marker: UInt8 = 0
        return withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) } > limit
    }

    /// The address below which the stack of this thread counts as used up.
    static var limit: UInt {
        let reserve: UInt = 192 << 10
        #if canImport(Darwin)
        let size = UInt(pthread_get_stacksize_np(pthread_self()))
        let lowest = UInt(bitPattern: pthread_get_stackaddr_np(pthread_self())) - size
        #else
        // The header hides it from Swift, because it is not POSIX.
        typealias Query = @convention(c) (pthread_t, UnsafeMutablePointer<pthread_attr_t>) -> CInt
        guard let symbol = dlsym(nil, "pthread_getattr_np") else { return fallback }
        var attributes = pthread_attr_t()
        guard unsafeBitCast(symbol, to: Query.self)(pthread_self(), &attributes) == 0 else { return fallback }
        defer { pthread_attr_destroy(&attributes) }
        var address: UnsafeMutableRawPointer?, size = 0
        guard pthread_attr_getstack(&attributes, &address, &size) == 0, let address else { return fallback }
        let lowest = UInt(bitPattern: address)
        #endif
        return lowest + reserve
    }

    /// Registers that hold nothing, in pages that cost memory only when they are used.
    static func zeroed(_ count: Int) -> Register {
        guard let memory = calloc(count, MemoryLayout<RegisterWord>.stride) else { preconditionFailure("no memory for registers") }
        return memory.assumingMemoryBound(to: RegisterWord.self)
    }

    static func free(_ registers: Register) {
        #if canImport(Darwin)
        Darwin.free(registers)
        #elseif canImport(Musl)
        Musl.free(registers)
        #else
        Glibc.free(registers)
        #endif
    }

    /// Half of the smallest usual stack from here.
    private static var fallback: UInt {
        var marker: UInt8 = 0
        return withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) } - (256 << 10)
    }
}
