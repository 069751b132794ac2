import DaedalData

/// The effects of a program of which only the plans are wanted: it may read what its host grants; what it prints or writes goes nowhere.
package final class ForecastHost: Host {
    private let host: any Host
    package let files: any FileAccess

    package init(_ host: any Host) {
        self.host = host
        files = UnwrittenFiles(files: host.files)
    }

    package func print(_ text: String) {}
    package func progress(_ text: String) {}
    package var progressIsTerminal: Bool { false }
    package func clock() -> Double? { host.clock() }
    package var arguments: [String] { host.arguments }
    package var isInterrupted: Bool { host.isInterrupted }
}

/// Files that can be read; writing to them changes nothing.
private struct UnwrittenFiles: FileAccess {
    /// What swallows bytes.
    private struct Nowhere: FileSink {
        func write(_ bytes: UnsafeRawBufferPointer) throws(DataFailure) {}
    }

    let files: any FileAccess

    func stamp(of path: String) throws(DataFailure) -> FileStamp { try files.stamp(of: path) }
    func open(_ path: String) throws(DataFailure) -> any FileReader { try files.open(path) }
    func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) { try body(Nowhere()) }
    func names(in folder: String) throws(DataFailure) -> [String] { try files.names(in: folder) }
    func makeFolder(_ path: String) throws(DataFailure) {}
    func remove(_ path: String) throws(DataFailure) {}
}
