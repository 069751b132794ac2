import DaedalData
import DaedalSyntax

/// The natives that open folders of pictures and sounds.
enum MediaSources {
    /// `images wav`.
    nonisolated(unsafe) static let natives: [NativeFunction] = [
        NativeFunction(
            "images", [.init("path"), .init("size", .none, namedOnly: true), .init("on_error", .none, namedOnly: true)], .effect(result: .anything)
        ) { (call) throws(RuntimeFailure) in
            var options = PictureFiles.Options()
            options.size = try size(call[1], at: call.span)
            options.skipsMalformed = try DatasetNatives.skips(call, 2)
            if call.context.learning.reading.keepsAll { options.memoryLimit = .max }
            let (path, files, chosen) = (try call.string(0), call.context.session.host.files, options)
            return try DatasetNatives.opened(call, natural: .init(input: [0], target: 1)) { () throws(DataFailure) in
                try PictureFiles.open(path, from: files, options: chosen)
            }
        },
        NativeFunction(
            "wav", [.init("path"), .init("rate", .none), .init("on_error", .none, namedOnly: true)], .effect(result: .anything)
        ) { (call) throws(RuntimeFailure) in
            var options = SoundFiles.Options()
            options.rate = try call.soundRate(1)
            options.skipsMalformed = try DatasetNatives.skips(call, 2)
            if call.context.learning.reading.keepsAll { options.memoryLimit = .max }
            let (path, files, chosen) = (try call.string(0), call.context.session.host.files, options)
            return try DatasetNatives.opened(call, natural: .init(input: [0], target: 1)) { () throws(DataFailure) in
                try SoundFiles.open(path, from: files, options: chosen)
            }
        },
    ]

    /// The height and width that `size` gives: one number for both, or a list.
    static func size(_ value: Value, at span: Span) throws(RuntimeFailure) -> (height: Int, width: Int)? {
        switch value {
        case .none: return nil
        case .int(let side) where 1...PictureFiles.mostPixelsASide ~= side: return (side, side)
        case .list(let list):
            guard list.items.count == 2, case .int(let height) = list.items[0], case .int(let width) = list.items[1],
                1...PictureFiles.mostPixelsASide ~= height, 1...PictureFiles.mostPixelsASide ~= width
            else { break }
            return (height, width)
        default: break
        }
        throw RuntimeFailure(
            "E202", "`size` is the side of a square in pixels, or `[height, width]`, each from 1 to \(PictureFiles.mostPixelsASide)", at: span)
    }
}

extension NativeCall {
    /// The argument as samples a second; nil for `none`.
    func soundRate(_ position: Int) throws(RuntimeFailure) -> Int? {
        if isNone(position) { return nil }
        let rate = try int(position)
        guard 1...10_000_000 ~= rate else { throw failure("E202", "`rate` is a number of samples a second, this is \(rate)") }
        return rate
    }
}
