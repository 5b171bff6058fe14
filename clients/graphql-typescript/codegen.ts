import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  // What a facade publishes at /schema.graphql; facade/graphql/schema.graphql of its repository is the same.
  schema: "schema.graphql",
  documents: "src/documents.ts",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        // Documents are sent as text: no GraphQL library is needed to call a facade.
        documentMode: "string",
        useTypeImports: true,
        // A scalar that is not mapped stops the generation, instead of becoming `any`. JSON is an object. Numbers
        // beyond 2^53 lose digits in JavaScript's own JSON; facade itself keeps them.
        strictScalars: true,
        scalars: { JSON: "Record<string, unknown>" },
        // What a document asks for is there, if only as null.
        avoidOptionals: { field: true },
        emitLegacyCommonJSImports: false,
      },
    },
  },
};

export default config;
