export { Button, type ButtonKind, ButtonLink, type ButtonLinkProps, type ButtonProps } from './button.tsx'
export { Dialog, type DialogProps } from './dialog.tsx'
export {
  Checkbox,
  type CheckboxProps,
  Field,
  type FieldProps,
  Select,
  type SelectProps,
  TextArea,
  type TextAreaProps,
} from './field.tsx'
export { Form, type FormProps, FormRefusal } from './form.tsx'
export { DegradedBanner, Failed, Notice, type NoticeProps, type Tone } from './notice.tsx'
export {
  Actions,
  Badge,
  type BadgeTone,
  Card,
  type CardProps,
  Empty,
  PageHeader,
  Skeleton,
  Time,
  VisuallyHidden,
} from './surface.tsx'
export { SubNav, type SubNavLink } from './sub-nav.tsx'
export { type Column, Table, type TableProps } from './table.tsx'
