import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

// The leaves and roots that the reference implementation of RFC 6962 is tested with.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => leafHash(Buffer.from(hex, 'hex')),
)
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const hexes = (proof: readonly Buffer[]): string[] => proof.map((node) => node.toString('hex'))

describe('known vectors', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))('root of %i leaves', (size, root) => {
    expect(rootOf(LEAVES.slice(0, size)).toString('hex')).toBe(root)
  })

  test('inclusion proofs', () => {
    expect(hexes(inclusionProof(LEAVES, 0))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ])
    expect(hexes(inclusionProof(LEAVES.slice(0, 3), 2))).toEqual([ROOTS[2]])
  })

  test('consistency proofs', () => {
    expect(hexes(consistencyProof(LEAVES, 6))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ])
  })
})

/** The definition of RFC 6962, section 2.1, word for word: the trees here must be the same. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? rootOf([])
  let at = 1
  while (at * 2 < leaves.length) at *= 2
  return nodeHash(naiveRoot(leaves.slice(0, at)), naiveRoot(leaves.slice(at)))
}

const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`))
const sizes = fc.integer({ min: 1, max: 70 })

describe('properties', () => {
  test('roots are those of the naive tree', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        expect(rootOf(leavesOf(size))).toEqual(naiveRoot(leavesOf(size)))
      }),
    )
  })

  test('every leaf is included where it is, and nowhere else', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = leavesOf(size)
        const [index, other] = [a % size, b % size]
        const proof = inclusionProof(leaves, index)
        const root = naiveRoot(leaves)
        expect(verifyInclusion(leaves[index] as Buffer, index, size, proof, root)).toBe(true)
        const here = leaves[index] as Buffer
        const elsewhere = other === index
        expect(verifyInclusion(leaves[other] as Buffer, index, size, proof, root)).toBe(elsewhere)
        expect(verifyInclusion(here, other, size, proof, root)).toBe(elsewhere)
        expect(verifyInclusion(here, index, size, [...proof, root], root)).toBe(false)
        expect(verifyInclusion(here, index, size, proof.slice(1), root)).toBe(proof.length === 0)
      }),
    )
  })

  test('every prefix is consistent, and no other tree is', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = leavesOf(size)
        const old = a % (size + 1)
        const proof = consistencyProof(leaves, old)
        const oldRoot = naiveRoot(leaves.slice(0, old))
        const root = naiveRoot(leaves)
        expect(verifyConsistency(old, oldRoot, size, root, proof)).toBe(true)
        expect(verifyConsistency(old, oldRoot, size, root, [...proof, root])).toBe(false)
        const rewritten = leaves.slice(0, old)
        rewritten[b % Math.max(old, 1)] = leafHash('something else')
        expect(verifyConsistency(old, naiveRoot(rewritten), size, root, proof)).toBe(false)
      }),
    )
  })

  test('a changed proof is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = leavesOf(size)
        const index = a % size
        const proof = inclusionProof(leaves, index)
        const changed = proof.with(b % proof.length, leafHash('forged'))
        expect(verifyInclusion(leaves[index] as Buffer, index, size, changed, naiveRoot(leaves))).toBe(false)
      }),
    )
  })
})

test('sizes and places that make no sense are refused', () => {
  const leaves = leavesOf(3)
  const root = rootOf(leaves)
  const leaf = leaves[0] as Buffer
  const proof = inclusionProof(leaves, 0)
  expect(verifyInclusion(leaf, -1, 3, proof, root)).toBe(false)
  expect(verifyInclusion(leaf, 3, 3, proof, root)).toBe(false)
  expect(verifyInclusion(leaf, 0.5, 3, proof, root)).toBe(false)
  expect(verifyInclusion(leaf, 0, Number.NaN, proof, root)).toBe(false)
  expect(verifyConsistency(4, root, 3, root, [])).toBe(false)
  expect(verifyConsistency(-1, root, 3, root, [])).toBe(false)
  expect(verifyConsistency(0, root, 3, root, [])).toBe(false)
  expect(verifyConsistency(2, rootOf(leaves.slice(0, 2)), 3, root, [])).toBe(false)
})

describe('a proof that fits the hashes and not the tree is refused', () => {
  const [a, b, c, d] = leavesOf(4) as [Buffer, Buffer, Buffer, Buffer]

  test('of inclusion, of a leaf behind the last one', () => {
    expect(verifyInclusion(a, 0, 1, [], a)).toBe(true)
    expect(verifyInclusion(a, 1, 1, [], a)).toBe(false)
    expect(verifyInclusion(a, 2, 1, [], a)).toBe(false)
  })

  test('of inclusion, longer than the tree is deep', () => {
    expect(verifyInclusion(a, 0, 1, [b], nodeHash(b, a))).toBe(false)
    expect(verifyInclusion(b, 1, 2, [a, c], nodeHash(c, nodeHash(a, b)))).toBe(false)
  })

  test('of inclusion, shorter than the tree is deep', () => {
    expect(verifyInclusion(a, 0, 3, [b], nodeHash(a, b))).toBe(false)
    expect(verifyInclusion(a, 0, 2, [], a)).toBe(false)
  })

  test('of consistency, longer than the tree is deep', () => {
    const [old, fresh] = [nodeHash(b, a), nodeHash(b, nodeHash(a, c))]
    expect(verifyConsistency(3, old, 4, fresh, [a, c, b])).toBe(true)
    expect(verifyConsistency(3, nodeHash(d, old), 4, nodeHash(d, fresh), [a, c, b, d])).toBe(false)
  })

  test('of consistency, shorter than the tree is deep, or nothing', () => {
    expect(verifyConsistency(3, a, 4, nodeHash(a, c), [a, c])).toBe(false)
    expect(verifyConsistency(1, a, 2, a, [])).toBe(false)
    expect(verifyConsistency(3, a, 5, b, [])).toBe(false)
    expect(verifyConsistency(3, a, 4, a, [])).toBe(false)
  })

  test('of consistency, between sizes that are none', () => {
    expect(verifyConsistency(-1, a, -1, a, [])).toBe(false)
    expect(verifyConsistency(2.5, a, 2.5, a, [])).toBe(false)
    expect(verifyConsistency(2 ** 53, a, 2 ** 53, a, [])).toBe(false)
    expect(verifyConsistency(2.5, a, 3, nodeHash(nodeHash(a, b), c), [a, b, c])).toBe(false)
    expect(verifyConsistency(1, a, 2.5, nodeHash(a, b), [b])).toBe(false)
    expect(verifyConsistency(-2, a, 1, a, [])).toBe(false)
  })
})

test('there is no proof of a leaf, or of an older tree, that is not there', () => {
  const leaves = leavesOf(3)
  for (const index of [-1, 3, 4, 0.5, Number.NaN]) {
    expect(() => inclusionProof(leaves, index)).toThrow('the leaf is in the tree')
  }
  for (const size of [-1, 4, 0.5, Number.NaN]) {
    expect(() => consistencyProof(leaves, size)).toThrow('the old tree is not larger than the new one')
  }
  expect(() => inclusionProof([], 0)).toThrow('the leaf is in the tree')
  expect(consistencyProof(leaves, 0)).toEqual([])
  expect(consistencyProof(leaves, 3)).toEqual([])
  expect(consistencyProof([], 0)).toEqual([])
})

test('the data of a leaf may be text, which is hashed as UTF-8', () => {
  expect(leafHash('K\u00f6ln \u{1f6a6}')).toEqual(leafHash(Buffer.from('4bc3b66c6e20f09f9aa6', 'hex')))
})
