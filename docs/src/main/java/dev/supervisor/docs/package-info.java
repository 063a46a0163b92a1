/**
 * The examples that the documentation shows, compiled and tested.
 *
 * <p>Four are a page long: {@link dev.supervisor.docs.ReadmeExample}, the one in the README, {@link
 * dev.supervisor.docs.Examples}, one method for each main feature, {@link dev.supervisor.docs.ServerExamples}, what a
 * server's author needs, and {@link dev.supervisor.docs.ComposingExamples}, operations that take several tasks. Those
 * that take other libraries are among the tests: {@code ContextExamples}.
 *
 * <p>The fifth is a program: a file server over HTTP/1.1, one supervised task for each connection. What it shows
 * about the library stands in two classes: {@link dev.supervisor.docs.FileServer} accepts, spawns and stops, and
 * {@code Connection} is the body of a task. The others know of HTTP and nothing of tasks. Read in this order:
 * <ol>
 * <li>{@code FileServer}, {@code Connection}: tasks, failure, cancellation;
 * <li>{@code Statistics}, {@code Outcome}: how a request may end;
 * <li>{@code Request}, {@code RequestReader}, {@code Target}, {@code Refusal}: what comes in;
 * <li>{@code Handler}, {@code Routes}, {@code Site}, {@code Listing}: what is made of it;
 * <li>{@code Response}, {@code Content}, {@code ContentType}, {@code Status}: what goes out;
 * <li>{@code Limits}, {@code TimedInput}: what clients may take;
 * <li>{@code FileServerProgram}, {@code Options}, {@code StatusLine}, {@code Terminal}: the program around it.
 * </ol>
 */
package dev.supervisor.docs;
