/// The files of a folder or pattern that hold pictures or sounds, in order, with the folders that they stand in.
struct MediaListing {
    private(set) var paths: [String] = []
    /// The name of the folder of each: the class, where there is a folder for each.
    private(set) var labels: [String] = []

    /// The names that files of a kind end in.
    enum Kind: String {
        case picture, sound

        fileprivate var endings: [String] {
            switch self {
            case .picture: [".png", ".jpg", ".jpeg"]
            case .sound: [".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf"]
            }
        }

        /// Whether a name is of this kind, compressed once more or not.
        func fits(_ name: String) -> Bool {
            let name = name.lowercased()
            return endings.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".gz") }
        }
    }

    /// Lists a folder and the folders in it, or what a pattern stands for: files by any name, and folders as before.
    init(_ pattern: String, of kind: Kind, from files: any FileAccess) throws(DataFailure) {
        let found = try Glob.paths(pattern, from: files)
        for path in found {
            if kind.fits(path) {
                add(path)
            } else {
                do throws(DataFailure) { add(folder: path, try files.names(in: path), kind, files) } catch {
                    // A file by another name is what its content says.
                    guard found.count > 1 || (try? files.stamp(of: path)) != nil else { throw error }
                    add(path)
                }
            }
        }
        guard !paths.isEmpty else {
            throw DataFailure(
                .empty, "there are no \(kind.rawValue)s in it; their names end in \(kind.endings.joined(separator: " "))", file: pattern)
        }
    }

    /// The files of a folder, then those of the folders in it.
    private mutating func add(folder: String, _ names: [String], _ kind: Kind, _ files: any FileAccess) {
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var inner: [String] = []
        for name in names where !name.hasPrefix(".") { if kind.fits(name) { add(prefix + name) } else { inner.append(name) } }
        // What is no folder holds nothing.
        for name in inner {
            for file in (try? files.names(in: prefix + name)) ?? [] where kind.fits(file) && !file.hasPrefix(".") { add(prefix + name + "/" + file) }
        }
    }

    /// Leaves out files by their numbers.
    mutating func remove(_ rows: Set<Int>) {
        guard !rows.isEmpty else { return }
        let left = paths.indices.filter { !rows.contains($0) }
        (paths, labels) = (left.map { paths[$0] }, left.map { labels[$0] })
    }

    private mutating func add(_ path: String) {
        paths.append(path)
        labels.append(path.split(separator: "/").dropLast().last.map(String.init) ?? "")
    }
}
