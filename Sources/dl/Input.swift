import ArgumentParser
import Daedal

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Texts that a command works on.
enum Input {
    /// The name and text of a file, or of standard input for `-`.
    static func read(_ path: String) throws -> (name: String, text: String) {
        if path == "-" {
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return ("<stdin>", text)
        }
        guard FileManager.default.fileExists(atPath: path) else { throw missing("\(path): there is no such file") }
        guard let data = FileManager.default.contents(atPath: path) else { throw missing("\(path) cannot be read") }
        return (path, String(decoding: data, as: UTF8.self))
    }

    /// The `.dl` files that paths name; folders stand for all files below them.
    static func files(_ paths: [String]) -> [String] {
        paths.flatMap { path -> [String] in
            // Only a folder can be named with a slash at the end.
            guard FileManager.default.fileExists(atPath: path + "/"), let names = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
                return [path]
            }
            return names.filter { $0.hasSuffix(".dl") }.sorted().map { (path.hasSuffix("/") ? path : path + "/") + $0 }
        }
    }

    /// Whether a file belongs to the library: it stands below a folder `stdlib`.
    static func isLibrary(_ path: String) -> Bool { path.split(separator: "/").dropLast().contains("stdlib") }

    private static func missing(_ message: String) -> ExitCode {
        Interpreter.standardError("error[E403]: \(message)\n")
        return ExitCode(2)
    }
}
