/// What a script may reach outside its own values. Nothing unless it is granted.
public struct Permissions: Sendable {
    /// Which files a script may open or write.
    public enum Files: Sendable {
        /// No file at all.
        case none
        /// What is below one folder, links followed; with `writing: false` it may only be read.
        case folder(String, writing: Bool = true)
        /// Whatever the process may reach.
        case all
    }

    /// The files a script may reach.
    public var files: Files
    /// Whether `clock()` answers.
    public var clock: Bool

    /// Grants what is said and nothing else.
    public init(files: Files = .none, clock: Bool = false) {
        self.files = files
        self.clock = clock
    }

    /// No files, no clock.
    public static let none = Permissions()
    /// Everything the process may do.
    public static let all = Permissions(files: .all, clock: true)
}
