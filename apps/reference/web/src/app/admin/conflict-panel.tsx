import { useEffect, useId, useRef, useState } from 'react'
import { Actions, Button, Card } from '../../design/index.ts'
import { formatMoment } from '../shared/format.ts'
import { type Difference, differencesOf, FIELD_LABELS, proposal, resolve, type Side } from './entry-conflict.ts'
import type { EntryFields } from './entry-conflict.ts'
import type { Entry } from './readers.ts'
import { type Editor, fieldsOf } from './use-editor.ts'

/** Somebody else saved in between: shows both sides of every field that differs. Nothing is lost either way. */
export function ConflictPanel({ editor, theirs }: { readonly editor: Editor; readonly theirs: Entry }) {
  const { base, fields } = editor
  const written = fieldsOf(theirs)
  const differences = differencesOf(base, fields, written)
  const [choices, setChoices] = useState<Partial<Record<keyof EntryFields, Side>>>(() => proposal(base, differences))
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [theirs])
  return (
    <div ref={box} tabIndex={-1} role="group" aria-label="Somebody else saved this entry">
      <Card title="Somebody else saved this entry">
        <div className="stack">
          <p>
            Version {theirs.version} was saved {formatMoment(theirs.updated_at)}, after you began. Yours is not saved
            yet, and nothing of it is lost.{' '}
            {differences.length === 0
              ? 'Both say the same.'
              : 'Choose what counts for each part, then go on; you can still edit before you save.'}
          </p>
          {differences.map((difference) => (
            <ConflictField
              key={difference.field}
              difference={difference}
              choice={choices[difference.field] ?? 'mine'}
              onChoose={(side) => setChoices((old) => ({ ...old, [difference.field]: side }))}
            />
          ))}
          <Actions>
            <Button kind="primary" onClick={() => editor.settle(resolve(fields, written, choices))}>
              Go on with what is chosen
            </Button>
            {differences.length === 0 ? null : (
              <Button onClick={() => editor.settle(written)}>Take all of theirs</Button>
            )}
          </Actions>
        </div>
      </Card>
    </div>
  )
}

function ConflictField({
  difference: { field, mine, theirs, both },
  choice,
  onChoose,
}: {
  readonly difference: Difference
  readonly choice: Side
  readonly onChoose: (side: Side) => void
}) {
  const name = useId()
  const side = (of: Side, title: string, text: string) => (
    <div className="conflict-side">
      <label>
        <input type="radio" name={name} checked={choice === of} onChange={() => onChoose(of)} />
        {title}
      </label>
      {/* It may be longer than it is high: then it is scrolled, by keyboard as well. */}
      <pre tabIndex={0} aria-label={`${title}: ${FIELD_LABELS[field]}`} role="region">
        {text === '' ? '(empty)' : text}
      </pre>
    </div>
  )
  return (
    <fieldset className="conflict-field">
      <legend>
        {FIELD_LABELS[field]}
        {both ? ' – changed by both of you' : ''}
      </legend>
      <div className="conflict-sides">
        {side('mine', 'Mine', mine)}
        {side('theirs', 'Theirs', theirs)}
      </div>
    </fieldset>
  )
}
