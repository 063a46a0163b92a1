package dev.supervisor;
import org.jspecify.annotations.Nullable;
abstract non-sealed class SupervisedTask<T extends @Nullable Object> implements Task<T>, Runnable { }
