import CKernels

/// Owns the kernels' threads.
final class ThreadPool: @unchecked Sendable {
    let handle: OpaquePointer?

    init(threads: Int) { handle = ck_pool_create(Int32(clamping: max(threads, 1))) }

    deinit { if let handle { ck_pool_destroy(handle) } }

    var threads: Int { handle.map { Int(ck_pool_threads($0)) } ?? 1 }

    func setThreads(_ threads: Int) { if let handle { ck_pool_set_threads(handle, Int32(clamping: max(threads, 1))) } }
}
