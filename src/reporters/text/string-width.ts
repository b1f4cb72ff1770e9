// Re-exports the library: in the bundles only named exports survive an `import()`.
export { default as stringWidth } from "string-width";
