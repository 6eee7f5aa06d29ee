import type { AnyCheck, Check, CheckContext } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { type Beds, createBeds, createRedactor, runCheck } from '@greengate/runner'

type TreeOptions = NonNullable<Parameters<Parameters<Check['clean']>[0]['tree']>[1]>

/** What a check said about a tree: `pass`, or outcome and code, by aspect, and the findings as a reader sees them. */
export interface Said {
  readonly outcome: string
  readonly reason: string
  readonly aspects: Readonly<Record<string, string>>
  /** `code where | observed`, in order. */
  readonly findings: readonly string[]
}

export interface ForeignTrees {
  /** Runs the real check, observer and judge, on a tree made of these files. */
  judge(check: unknown, files: Readonly<Record<string, string>>, options?: TreeOptions): Promise<Said>
  close(): Promise<void>
}

/** Trees that no check was written for, made on the spot. */
export function foreignTrees(): ForeignTrees {
  const beds: Beds = createBeds()
  return {
    async judge(check, files, options = {}) {
      const open = await beds.open(check as AnyCheck)
      try {
        const context: CheckContext = await open.bed.tree(files, options)
        const result = await runCheck(check as AnyCheck, context, { redactor: () => createRedactor([]), canonicalize })
        const aspects = Object.entries(result.judgement.aspects).map(([name, { outcome, code }]) => [
          name,
          outcome === 'pass' ? 'pass' : `${outcome} ${code}`,
        ])
        return {
          outcome: result.outcome,
          reason: result.reason,
          aspects: Object.fromEntries(aspects) as Record<string, string>,
          findings: result.judgement.findings.map(({ code, where, observed }) => `${code} ${where} | ${observed}`),
        }
      } finally {
        await open.close()
      }
    },
    close: () => beds.close(),
  }
}

/** A hash as npm writes it. */
export const INTEGRITY = `sha512-${'A'.repeat(86)}==`
/** A hash as pip, uv and poetry write it. */
export const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`

/** Lines joined, with an end of line at the end. */
export function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
