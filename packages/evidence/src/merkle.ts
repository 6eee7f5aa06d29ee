import { hash } from 'node:crypto'
import { invariant } from '@greengate/contracts'

/** A Merkle tree as of RFC 6962, section 2.1: SHA-256, 0x00 before leaves, 0x01 before nodes. */

const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** Hash of a leaf's data. */
export function leafHash(data: Uint8Array | string): Buffer {
  return sha256(Buffer.concat([LEAF, Buffer.from(data)]))
}

/** Hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([NODE, left, right]))
}

/** Root over leaf hashes; of none, the hash of nothing. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256(new Uint8Array())
  let level: Uint8Array[] = [...leaves]
  while (level.length > 1) {
    const next: Uint8Array[] = []
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index] as Uint8Array
      const right = level[index + 1]
      // A node without a neighbour moves up unchanged: the split at the largest power of two gives the same tree.
      next.push(right ? nodeHash(left, right) : left)
    }
    level = next
  }
  return Buffer.from(level[0] as Uint8Array)
}

/** Largest power of two below `size`; `size` at least 2. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** Audit path of a leaf, from the leaf upwards (RFC 6962, 2.1.1). */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Buffer[] {
  invariant(Number.isInteger(index) && index >= 0 && index < leaves.length, 'the leaf is in the tree')
  if (leaves.length === 1) return []
  const at = split(leaves.length)
  return index < at
    ? [...inclusionProof(leaves.slice(0, at), index), rootOf(leaves.slice(at))]
    : [...inclusionProof(leaves.slice(at), index - at), rootOf(leaves.slice(0, at))]
}

/** Whether `leaf` is the one at `index` of the tree of `size` leaves with this root (RFC 9162, 2.1.3.2). */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let first = index
  let last = size - 1
  let result: Uint8Array = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (first % 2 === 1 || first === last) {
      result = nodeHash(sibling, result)
      // Ends: with `first` at 0, `last` would be 0 too, and was refused above.
      while (first % 2 === 0) {
        first = Math.floor(first / 2)
        last = Math.floor(last / 2)
      }
    } else {
      result = nodeHash(result, sibling)
    }
    first = Math.floor(first / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && Buffer.compare(result, root) === 0
}

/** Proof that the tree of the first `size` leaves is a prefix of this one (RFC 6962, 2.1.2). */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Buffer[] {
  invariant(Number.isInteger(size) && size >= 0 && size <= leaves.length, 'the old tree is not larger than the new one')
  return size === 0 ? [] : subproof(leaves, size, true)
}

function subproof(leaves: readonly Uint8Array[], size: number, whole: boolean): Buffer[] {
  if (size === leaves.length) return whole ? [] : [rootOf(leaves)]
  const at = split(leaves.length)
  return size <= at
    ? [...subproof(leaves.slice(0, at), size, whole), rootOf(leaves.slice(at))]
    : [...subproof(leaves.slice(at), size - at, false), rootOf(leaves.slice(0, at))]
}

/** Whether a tree of `newSize` only appended to one of `oldSize` (RFC 9162, 2.1.4.2). */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize) || oldSize < 0 || oldSize > newSize) return false
  if (oldSize === newSize) return proof.length === 0 && Buffer.compare(oldRoot, newRoot) === 0
  // Every tree begins with the empty one, whose root has one value only.
  if (oldSize === 0) return proof.length === 0 && Buffer.compare(oldRoot, rootOf([])) === 0
  const [start, ...path] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof
  if (!start) return false
  let first = oldSize - 1
  let last = newSize - 1
  while (first % 2 === 1) {
    first = Math.floor(first / 2)
    last = Math.floor(last / 2)
  }
  let old: Uint8Array = start
  let fresh: Uint8Array = start
  for (const node of path) {
    if (last === 0) return false
    if (first % 2 === 1 || first === last) {
      old = nodeHash(node, old)
      fresh = nodeHash(node, fresh)
      // Ends: with `first` at 0, `last` would be 0 too, and was refused above.
      while (first % 2 === 0) {
        first = Math.floor(first / 2)
        last = Math.floor(last / 2)
      }
    } else {
      fresh = nodeHash(fresh, node)
    }
    first = Math.floor(first / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && Buffer.compare(old, oldRoot) === 0 && Buffer.compare(fresh, newRoot) === 0
}

function isPowerOfTwo(size: number): boolean {
  return Math.log2(size) % 1 === 0
}
