import DaedalRuntime
import Testing

/// Augmentation on the threads that gather batches: used where nothing but rows, epoch and batch decides, and never with other bits.
@Suite struct AugmentationTests {
    /// 200 images of 8 × 8 in batches of 48 (the last is of 8), gathered by `workers` threads.
    private static func dataset(_ augment: String, workers: Int) -> String {
        """
        dataset Images {
          source   memory(reshape(arange(12800.0), 200, 1, 8, 8) / 12800, arange(200) % 3)
          batch    48
          shuffle
          workers  \(workers)
          augment  \(augment)
        }

        """
    }

    /// What a script prints with so many workers and threads, and how many batches were augmented ahead.
    private func printed(_ augment: String, _ script: String, workers: Int, threads: Int, before: String = "") throws -> ([String], ahead: Int) {
        let runner = ScriptRunner()
        runner.session.threads = threads
        let lines = try runner.run(before + Self.dataset(augment, workers: workers) + script)
        return (lines, runner.session.counters.stepsTakenAhead)
    }

    private static let passes = """
        for pass in 0..3 { for (x, y) in Images.train { print(list(reshape(x, -1)[0..40]), float(sum(x)), list(y[0..4])) } }
        """

    private static let training = """
        network Net { Flatten -> Dense(8) -> relu -> Dropout(0.25) -> Dense(3) }
        let run = train Net() on Images { loss cross_entropy
          optimizer adam(0.01)
          epochs 4 }
        print(run.history, list(run.model[1].weight))
        """

    @Test(arguments: [passes, training])
    func theSameBitsForAnyNumberOfWorkersAndThreads(script: String) throws {
        let augment = "random_crop(padding: 1), random_flip, random_rotate(10), noise(0.1)"
        let alone = try printed(augment, script, workers: 0, threads: 1)
        #expect(alone.ahead == 0)
        for (workers, threads) in [(0, 2), (1, 1), (1, 2), (3, 2)] {
            let other = try printed(augment, script, workers: workers, threads: threads)
            #expect(other.0 == alone.0)
            #expect(workers == 0 ? other.ahead == 0 : other.ahead > 0)
        }
    }

    @Test func aFunctionOfBothAndALaterMixtureToo() throws {
        let augment = "random_flip, (x, y) => (x + uniform([]), y + integers([], 0, 2)), mixup(classes: 4)"
        let alone = try printed(augment, Self.passes.replacing("[0..4]", with: "[0]"), workers: 0, threads: 1)
        let other = try printed(augment, Self.passes.replacing("[0..4]", with: "[0]"), workers: 2, threads: 2)
        #expect(other.0 == alone.0)
        #expect(other.ahead > 0)
    }

    /// A variable that the function reads changes while batches that were made with its old value wait.
    @Test(arguments: ["var k = 1.0\n", "var k = ones(1, 1, 1)\n"])
    func aVariableThatChangesIsSeenAtOnce(before: String) throws {
        let script = """
            for pass in 0..12 { for (x, y) in Images.train {
              print(float(sum(x)))
              if y.shape[0] < 48 and pass % 3 == 2 { k = k * 2 } else if pass == 4 { k = k + 1 }
            } }
            """
        let alone = try printed("x => x * k + uniform(x.shape)", script, workers: 0, threads: 1, before: before)
        let other = try printed("x => x * k + uniform(x.shape)", script, workers: 2, threads: 2, before: before)
        #expect(other.0 == alone.0)
        #expect(other.ahead > 0)
    }

    @Test func anElementWrittenInPlaceIsSeenAtOnce() throws {
        let before = "var k = ones(8)\n", augment = "x => x * k + uniform(x.shape)"
        let script = "for pass in 0..4 { for (x, y) in Images.train { print(float(sum(x)))\n if pass > 1 { k[0] = float(sum(x)) } } }"
        let alone = try printed(augment, script, workers: 0, threads: 1, before: before)
        let other = try printed(augment, script, workers: 1, threads: 2, before: before)
        #expect(other.0 == alone.0)
        #expect(other.ahead > 0)
    }

    /// Functions that do more than compute are called by the program, in its order.
    @Test(arguments: [
        ("var seen = 0\n", "x => { seen += 1; x + uniform([]) }", "print(seen)"),
        ("", "x => { print(x.shape); x }", ""),
        ("", "x => { if uniform() < 0.5 { x } else { 0 - x } }", ""),
        ("let scale = Variable(2.0)\n", "x => x * scale()", ""),
    ])
    func whatDoesMoreThanComputeIsNotAhead(before: String, augment: String, after: String) throws {
        let alone = try printed(augment, Self.passes + "\n" + after, workers: 0, threads: 1, before: before)
        let other = try printed(augment, Self.passes + "\n" + after, workers: 2, threads: 2, before: before)
        #expect(other.0 == alone.0)
        #expect(other.ahead == 0)
    }

    /// A variable that changes at every step makes all that is made ahead useless.
    @Test func whatAlwaysChangesIsNoLongerMadeAhead() throws {
        let script = "for pass in 0..30 { for (x, y) in Images.train { k = k + 1.0\n print(float(sum(x))) } }"
        let (augment, before) = ("x => x * k", "var k = ones(1, 1, 1)\n")
        let alone = try printed(augment, script, workers: 0, threads: 1, before: before)
        let other = try printed(augment, script, workers: 1, threads: 2, before: before)
        #expect(other.0 == alone.0)
        #expect(other.ahead == 0)
    }

    /// A failure inside a plan that ran ahead is told like any other, when the program comes to the batch.
    @Test func aFailureStandsWhereItWould() throws {
        let augment = "x => x + take(arange(400.0), at: integers([], 0, 401), size: 1)"
        func failure(_ workers: Int) throws -> (code: String?, message: String?, before: [String]) {
            let runner = ScriptRunner()
            do {
                try runner.run(Self.dataset(augment, workers: workers) + "for pass in 0..20 { for (x, y) in Images.train { print(float(sum(x))) } }")
                return (nil, nil, runner.host.printed)
            } catch let failure as RuntimeFailure { return (failure.diagnostic.code, failure.diagnostic.message, runner.host.printed) }
        }
        let alone = try failure(0), other = try failure(2)
        #expect(alone.code != nil)
        #expect(alone.before.count > 5)
        #expect(other == alone)
    }
}
