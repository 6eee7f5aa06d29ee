import { ERROR_CODES } from '@greengate/contracts'
import { generatedFrom, literal, table } from './markdown.ts'

/** `errors.md`: every operating error with its exit code and the way out. */
export function errorsPage(): string {
  return [
    generatedFrom('packages/contracts/src/errors.ts'),
    '',
    '# Errors',
    '',
    'Every message that ends the program carries one of these codes, says where, and what helps. Exit code 1: the verdict is',
    'not green. 2: the call or the configuration is wrong. 3: Greengate itself failed, which is never green.',
    '',
    ...table(
      ['code', 'exit', 'what helps'],
      Object.entries(ERROR_CODES).map(([code, { exit, help }]) => [`\`${code}\``, `${exit}`, literal(help)]),
    ),
    '',
  ].join('\n')
}
