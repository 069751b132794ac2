import Foundation
import Testing

/// The doors of the house: which room may import which. SwiftPM does not notice an undeclared transitive import, this does.
@Suite struct DoorTests {
    static let rooms = [
        "DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "DaedalRuntime", "Daedal", "CKernels", "COpenBLAS", "CStdlib",
        "CZlib", "CFormats", "CReadline", "ArgumentParser",
    ]
    static let doors: [String: Set<String>] = [
        "DaedalTensor": [],
        "DaedalSyntax": [],
        "DaedalGraph": ["DaedalTensor"],
        "DaedalEngine": ["DaedalTensor", "DaedalGraph", "CKernels", "COpenBLAS"],
        "DaedalData": ["DaedalTensor", "CZlib", "CFormats"],
        "DaedalRuntime": ["DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "CStdlib"],
        "Daedal": ["DaedalTensor", "DaedalSyntax", "DaedalGraph", "DaedalEngine", "DaedalData", "DaedalRuntime"],
        "dl": ["Daedal", "CReadline", "ArgumentParser"],
    ]
    /// Foundation costs every start 3 ms and 6 MB: the roof and JSON in the data room use its small half, and the whole only where there is no other.
    static let essentials: Set<String> = ["DaedalData", "Daedal", "dl"]

    @Test(arguments: doors.keys.sorted()) func importsKeepToTheTable(room: String) throws {
        let allowed = try #require(Self.doors[room])
        let files = Project.files(in: "Sources/\(room)", "swift")
        #expect(!files.isEmpty)
        for file in files {
            for module in try imports(of: file) {
                if Self.rooms.contains(module) {
                    #expect(allowed.contains(module), "\(Project.name(file)) imports \(module)")
                } else if module == "Foundation" {
                    #expect(
                        Self.essentials.contains(room) && isFallback(file), "\(Project.name(file)) imports Foundation outside of `#else`")
                } else if module == "FoundationEssentials" {
                    #expect(Self.essentials.contains(room), "\(Project.name(file)) imports FoundationEssentials")
                } else {
                    #expect(
                        ["Glibc", "Musl", "Darwin", "Synchronization", "Dispatch"].contains(module), "\(Project.name(file)) imports \(module)")
                }
            }
        }
    }

    @Test func publicStandsOnlyInTheFace() throws {
        for room in Self.doors.keys where room != "Daedal" && room != "dl" {
            for file in Project.files(in: "Sources/\(room)", "swift") {
                for line in try Project.text(file).split(separator: "\n") {
                    let words = line.split(separator: " ")
                    let isPublic = words.first == "public" || (words.first == "open" && ["class", "func", "var"].contains(words.dropFirst().first))
                    #expect(!isPublic, "\(Project.name(file)): \(line)")
                }
            }
        }
    }

    /// Whether Foundation stands only behind `#else`, for platforms without its small half.
    private func isFallback(_ file: URL) -> Bool {
        let lines = ((try? Project.text(file)) ?? "").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.indices.allSatisfy { lines[$0] != "import Foundation" || $0 > 0 && lines[$0 - 1] == "#else" }
    }

    private func imports(of file: URL) throws -> [String] {
        try Project.text(file).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let at = words.firstIndex(of: "import"), words[..<at].allSatisfy({ $0.hasPrefix("@") || $0 == "package" || $0 == "internal" }),
                words.count > at + 1
            else { return nil }
            let kinds: Set = ["struct", "class", "enum", "func", "protocol", "typealias", "let", "var"]
            let name = kinds.contains(words[at + 1]) && words.count > at + 2 ? words[at + 2] : words[at + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }
}
