// swift-tools-version: 6.2
import PackageDescription

// Readers under libFuzzer, which is part of the Swift toolchain; built with `--sanitize fuzzer` by `.ci/explore`.
let package = Package(
  name: "fuzzing",
  dependencies: [.package(name: "anneal", path: "../..")],
  targets: [
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        .product(name: "Tokenization", package: "anneal"),
        .product(name: "BERT", package: "anneal"),
        .product(name: "GLUE", package: "anneal"),
        .product(name: "Distillation", package: "anneal"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
