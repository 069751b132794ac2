import Foundation
import Testing

/// The library: one idea a file, under the name of the file, documented, with an example, and all of it embedded.
@Suite struct LibraryListTests {
    static let files = Project.files(in: "stdlib", "dl")

    @Test(arguments: files) func aFileDeclaresWhatItIsNamedAfter(file: URL) throws {
        let text = try Project.text(file)
        let name = file.deletingPathExtension().lastPathComponent
        let declares = ["fn", "network", "optimizer"].contains { word in
            text.split(separator: "\n").contains { line in
                guard line.hasPrefix("\(word) \(name)") else { return false }
                let after = line.dropFirst(word.count + 1 + name.count).first
                return after == nil || after == "(" || after == " "
            }
        }
        #expect(declares, "\(Project.name(file)) does not declare \(name)")
        #expect(text.hasPrefix("##"), "\(Project.name(file)) does not say what it is")
        #expect(text.contains("\ntest \""), "\(Project.name(file)) has no example that a test runs")
    }

    @Test func namesAreUnique() {
        let names = Self.files.map { $0.lastPathComponent }
        #expect(names.count == Set(names).count)
        #expect(names.count > 30)
    }

    @Test func everyFileIsEmbedded() throws {
        let list = try Project.files(in: "Sources/CStdlib", "c", "h", "inc").map { try Project.text($0) }.joined()
        for file in Self.files {
            #expect(list.contains(Project.name(file).replacingOccurrences(of: "stdlib/", with: "")), "\(Project.name(file)) is not embedded")
        }
    }
}
