import CKernels
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

#if os(Linux) && arch(x86_64)
extension KernelTests {
    /// What the compiler made of the microkernels: whole registers and no visits of the stack inside the loop, or they run at half speed unnoticed.
    @Suite struct DisassemblyTests {
        static let hasDisassembler = access("/usr/bin/objdump", X_OK) == 0

        /// The instructions of a function of this process, one a line.
        func instructions(of function: String) -> [Substring] {
            // The shell would be the "self" of /proc/self.
            guard let pipe = popen("/usr/bin/objdump -d --no-show-raw-insn --disassemble=\(function) /proc/\(getpid())/exe", "r") else { return [] }
            defer { pclose(pipe) }
            var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 65536)
            while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 { bytes += chunk[..<count] }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { $0.contains(":\t") }
        }

        @Test(
            .enabled(if: hasDisassembler, "objdump is not installed"),
            arguments: [
                ("block14x2", "zmm", 28), ("block14s2", "zmm", 28), ("avx512_14x2", "zmm", 28), ("block6x2", "ymm", 12), ("avx2_6", "ymm", 12),
            ])
        func microkernelsUseWholeRegisters(function: String, register: String, sums: Int) {
            let lines = instructions(of: function)
            let products = lines.filter { $0.contains("vfmadd") }
            #expect(products.count >= sums && products.allSatisfy { $0.contains(register) })
            // Every accumulator has a register of its own.
            let targets = Set(products.compactMap { $0.split(separator: ",").last })
            #expect(targets.count >= sums)
            // The loop is what lies between its first and last product; set-up and tail may use the stack.
            guard let first = lines.firstIndex(where: { $0.contains("vfmadd") }), let last = lines.lastIndex(where: { $0.contains("vfmadd") }) else {
                return
            }
            let spills = lines[first...last].filter { $0.contains(register) && $0.contains("(%rsp)") }
            #expect(spills.isEmpty, "vectors on the stack: \(spills)")
        }
    }
}
#endif
