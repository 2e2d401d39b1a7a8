// swift-tools-version: 6.2
import PackageDescription

// A package of somebody else: what it needs of Anneal it gets as anybody would.
let package = Package(
  name: "consumer",
  dependencies: [.package(name: "anneal", path: "../..")],
  targets: [
    .executableTarget(
      name: "Consumer",
      dependencies: [
        .product(name: "Tokenization", package: "anneal"),
        .product(name: "BERT", package: "anneal"),
        .product(name: "Distillation", package: "anneal"),
      ]),
    .executableTarget(
      name: "OwnAnswers",
      dependencies: [
        .product(name: "Tokenization", package: "anneal"),
        .product(name: "BERT", package: "anneal"),
        .product(name: "GLUE", package: "anneal"),
        .product(name: "Distillation", package: "anneal"),
      ]),
    .executableTarget(
      name: "OwnMethods",
      dependencies: [
        .product(name: "BERT", package: "anneal"),
        .product(name: "Distillation", package: "anneal"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
