import { useState } from 'react'
import { useNavigate } from 'react-router'
import { Button, Card, Field, Form, FormRefusal, Select } from '../../design/index.ts'
import { textOf } from '../account/form-checks.ts'
import { type Period, PRESETS, problemsOf, type RangeChoice } from './usage-range.ts'

const DAY_MS = 86_400_000

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function periodOf(value: string): Period {
  return value === 'hour' || value === 'month' ? value : 'day'
}

/** Chooses the time that is shown. The choice is in the address, so that it can be kept and sent. */
export function RangePicker({ choice }: { readonly choice: RangeChoice }) {
  const navigate = useNavigate()
  const [range, setRange] = useState<string>(choice.kind === 'preset' ? choice.preset : 'custom')
  const [nowMs] = useState(() => Date.now())
  const custom =
    choice.kind === 'custom'
      ? choice
      : { from: dayOf(nowMs - 30 * DAY_MS), to: dayOf(nowMs), period: 'day' satisfies Period }

  const submit = async (data: FormData): Promise<void> => {
    const query = new URLSearchParams({ range })
    if (range === 'custom') {
      const wanted = { from: textOf(data, 'from'), to: textOf(data, 'to'), period: periodOf(textOf(data, 'period')) }
      const problems = Object.entries(problemsOf(wanted)).map(([field, problem]) => ({ field, problem }))
      if (problems.length > 0) throw new FormRefusal(problems)
      for (const [name, value] of Object.entries(wanted)) query.set(name, value)
    }
    await navigate({ search: query.toString() })
  }

  return (
    <Card>
      <div className="range-form">
        <Form onSubmit={submit} label="Time that is shown">
          <Select label="Time" name="range" value={range} onChange={(event) => setRange(event.target.value)}>
            {Object.entries(PRESETS).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
            <option value="custom">Days of your choice</option>
          </Select>
          {range === 'custom' ? (
            <>
              <Field label="First day" name="from" type="date" defaultValue={custom.from} required />
              <Field label="Last day" name="to" type="date" defaultValue={custom.to} required />
              <Select label="By" name="period" defaultValue={custom.period}>
                <option value="hour">Hour</option>
                <option value="day">Day</option>
                <option value="month">Month</option>
              </Select>
            </>
          ) : null}
          <Button type="submit" kind="primary">
            Show usage
          </Button>
        </Form>
      </div>
    </Card>
  )
}
