/**
 * Makes the guide of the Markdown of this repository: a static site in {@code docs/target/site}. Read {@link
 * dev.supervisor.docs.guide.Guide} first. Why it is made in this way stands in {@code docs/decisions/0010-the-site.md}.
 */
package dev.supervisor.docs.guide;
