import { node24 } from '../../scripts/testing/runtimes.ts'

export type NodeUnderTest = { readonly name: string; readonly nodePath: string }

/** Every Node that the tasks promise to run on and that this platform has: the one that runs the tests, and Node 24. */
export function nodesUnderTest(): readonly NodeUnderTest[] {
  const nodes = [{ name: `Node ${process.versions.node}`, nodePath: process.execPath }]
  const other = node24()
  // Only known platforms have a binary on npm; there it must not go missing in silence.
  if (other === undefined && ['linux', 'darwin', 'win32'].includes(process.platform) && process.arch === 'x64') {
    throw new Error('Node 24 is not in test/runtimes. Run npm test, which installs it.')
  }
  if (other !== undefined && other.version !== process.versions.node) {
    nodes.push({ name: `Node ${other.version}`, nodePath: other.path })
  }
  return nodes
}
