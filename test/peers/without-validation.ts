/* Newer versions validate each template, which takes most of the time; only the run with the recommended flags needs it. */
process.env.CDK_VALIDATION = 'false';
