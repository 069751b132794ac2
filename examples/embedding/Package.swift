// swift-tools-version: 6.1
// A program that embeds Daedal.
import PackageDescription

let package = Package(
    name: "embedding",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Daedal", path: "../..")],
    targets: [.executableTarget(name: "host", dependencies: [.product(name: "Daedal", package: "Daedal")])],
    swiftLanguageModes: [.v6]
)
