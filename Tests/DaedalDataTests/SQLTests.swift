import DaedalData
import DaedalTensor
import Testing

/// Queries of an SQLite database that Python's `sqlite3` wrote (Tests/Fixtures/media/make.py).
@Suite struct SQLTests {
    private func base() throws -> MemoryFiles { MemoryFiles(["w.db": try fixture("media/weather.db")]) }
    private func open(_ query: String, _ options: SQLRows.Options = .init(), in files: MemoryFiles? = nil) throws -> any RecordSource {
        try SQLRows.open("w.db", query, from: files ?? base(), options: options)
    }
    private func refusal(_ query: String) throws -> DataFailure? {
        let files = try base()
        return failure { () throws(DataFailure) in try SQLRows.open("w.db", query, from: files) }
    }

    @Test func valuesKeepTheirTypes() throws {
        let source = try open("select id, town, warmth, rain, picture from days order by id")
        #expect(source.fields.map(\.kind) == [.integer, .text, .real, .real, .tensor(.i32, [3])])
        #expect(
            try rows(source) == [
                "1 'Jena' 12.5 0.0 i32[3][0.0, 51.0, 102.0]", "2 'Łódź' 9.0 - i32[3][255.0, 0.0, 1.0]", "3 - -3.25 2.0 i32[3][7.0, 8.0, 9.0]",
                "4 'Jena' 14.0 0.5 i32[3][1.0, 2.0, 3.0]",
            ])
        #expect(try source.tensor([0, 2], rows: [3, 0], as: .f32).doubles == [4, 14, 1, 12.5])
        #expect(failure { () throws(DataFailure) in try source.tensor([3], rows: [1], as: .f32) }?.message.contains("missing") == true)
    }

    @Test func aNameIsATableOrView() throws {
        #expect(try rows(open("warm")) == ["1 12.5", "4 14.0"])
        #expect(try rows(open("select town, count(*) as n from days group by town having n > 1;  ")) == ["'Jena' 2"])
        #expect(try open("with recursive t(x) as (select 1 union all select x + 1 from t where x < 5) select x from t").count == 5)
    }

    /// A result that does not fit is asked for again, block by block, and is the same.
    @Test func largeResultsStream() throws {
        let query =
            "with recursive t(x) as (select 0 union all select x + 1 from t where x < 9999) select x, x * 0.5 as half, 'n' || x as name from t"
        var options = SQLRows.Options()
        options.memoryLimit = 1 << 10
        let streamed = try open(query, options), held = try open(query)
        #expect(streamed.count == 10000 && held.count == 10000)
        guard case .forward(let starts, _) = streamed.access else {
            Issue.record("not streamed")
            return
        }
        #expect(starts.count >= 3)
        #expect(streamed.fields == held.fields)
        for row in [0, 9999, 4095, 4096, 5000, 1] { #expect(try streamed.record(at: row).values.map(show) == held.record(at: row).values.map(show)) }
        let some = [9000, 3, 4096, 4097, 9999][...]
        #expect(try streamed.tensor([0, 1], rows: some, as: .f32).doubles == held.tensor([0, 1], rows: some, as: .f32).doubles)
    }

    /// A query reads its one file, gives the same rows each time, and does nothing else.
    @Test(arguments: [
        "attach 'other.db' as o", "insert into days (id) values (9)", "delete from days", "create table x (y)", "drop table days",
        "pragma user_version",
        "pragma writable_schema = 1", "select load_extension('x')", "select random() from days", "select date('now')", "select current_timestamp",
        "select 1; select 2", "", "-- nothing", "vacuum into 'x'", "begin", "select * from pragma_table_info('days')", "nowhere",
        "select nothing from days",
        "selec 1", "select id, id from days",
    ]) func otherStatementsAreRefused(query: String) throws {
        let found = try refusal(query)
        #expect(found != nil && found?.file == "w.db" && found?.message.isEmpty == false, "\(query)")
        #expect(found?.kind == .unfit, "\(query): \(found?.description ?? "")")
    }

    @Test func anEndlessQueryIsStopped() throws {
        var options = SQLRows.Options()
        options.stops = { true }
        let files = try base(), chosen = options
        let query = "with recursive t(x) as (select 1 union all select x + 1 from t) select count(*) from t"
        #expect(failure { () throws(DataFailure) in try SQLRows.open("w.db", query, from: files, options: chosen) }?.kind == .cancelled)
        #expect(failure { () throws(DataFailure) in try SQLRows.preview("w.db", query, from: files) }?.kind == .cancelled)
    }

    @Test func previewsKnowNamesAndKinds() throws {
        let columns = try SQLRows.preview("w.db", "days", from: base())
        #expect(columns.map(\.name) == ["id", "town", "warmth", "rain", "picture"])
        #expect(columns.map(\.kind) == [.integer, .text, .real, .real, .tensor(.i32, [3])])
    }

    @Test func whatIsNoDatabaseSaysSo() throws {
        for (bytes, kind) in [
            ([], DataFailure.Kind.empty), (Array("id,town\n1,Jena".utf8), .malformed), ([UInt8](repeating: 7, count: 4096), .malformed),
        ] {
            let files = MemoryFiles(["w.db": bytes])
            #expect(failure { () throws(DataFailure) in try SQLRows.open("w.db", "days", from: files) }?.kind == kind)
        }
        #expect(failure { () throws(DataFailure) in try SQLRows.open("w.db", "days", from: MemoryFiles()) }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try SQLRows.open("w.db", "days", from: NoFiles()) }?.kind == .refused)
        #expect(try refusal("select * from days where id > 99")?.kind == .empty)
    }

    /// Changes that another program has not finished are not passed over.
    @Test func unfinishedChangesAreRefused() throws {
        for ending in ["-wal", "-journal"] {
            let files = try base()
            files["w.db" + ending] = [1]
            #expect(failure { () throws(DataFailure) in try SQLRows.open("w.db", "days", from: files) }?.kind == .changed)
            files["w.db" + ending] = []
            #expect(try SQLRows.open("w.db", "days", from: files).count == 4)
        }
    }

    @Test func aDatabaseThatChangesSaysSo() throws {
        let files = try base()
        var options = SQLRows.Options()
        options.memoryLimit = 0
        let source = try open("days", options, in: files)
        #expect(try rows(source).count == 4)
        let again = try open("days", options, in: files)
        files["w.db"] = try fixture("media/weather.db") + [0]
        #expect(failure { () throws(DataFailure) in try again.record(at: 0) }?.kind == .changed)
    }

    /// Cut short or with any byte changed a database is a failure, or other rows, never a trap.
    @Test func damageIsAFailure() throws {
        let whole = try fixture("media/weather.db")
        func read(_ bytes: [UInt8]) {
            _ = failure { () throws(DataFailure) in try rows(SQLRows.open("w.db", "days", from: MemoryFiles(["w.db": bytes]))) }
        }
        for count in stride(from: 0, to: whole.count, by: 37) { read(Array(whole.prefix(count))) }
        for at in whole.indices where whole[at] != 0 || at % 16 == 0 {
            for bit in [0, 3, 7] {
                var damaged = whole
                damaged[at] ^= 1 << bit
                read(damaged)
            }
        }
    }

    @Test func compressedDatabasesAreReadAsTheyAre() throws {
        let packed = try fixture("media/weather.db.gz")
        #expect(try SQLRows.open("w.db.gz", "warm", from: MemoryFiles(["w.db.gz": packed])).count == 2)
    }
}
