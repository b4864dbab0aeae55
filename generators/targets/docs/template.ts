/** The text of the indicator table; the fields are those of the view in view.ts. */
export const INDICATORS_TEMPLATE = `# Indicators

Everything {{project}} measures against a level: what is aimed at, and when somebody is told.
{{#each systems}}

## {{title}}

Owner: {{owner}}. Definition: {{definition}}.

| Component | Measured | Goal |{{#each severities}} {{this}} |{{/each}} Alert |
|---|---|---|{{#each severities}}---|{{/each}}---|
{{#each rows}}
| {{component}} | {{measured}} | {{goal}} |{{#each levels}} {{this}} |{{/each}} {{alerts}} |
{{/each}}
{{/each}}
`;
