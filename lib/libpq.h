/*
 * libpq's functions under their own names, as libpq.PQclear(result). The library is loaded when a
 * target needs it and not when the process starts: it brings two dozen others, and they would take
 * ten times as long as all the rest of a start.
 */
#ifndef LIBPQ_H
#define LIBPQ_H

#include <postgresql/libpq-fe.h>

#define LIBPQ_FUNCTIONS(X)                                                                         \
    X(PQclear)                                                                                     \
    X(PQcmdTuples)                                                                                 \
    X(PQconnectdbParams)                                                                           \
    X(PQconninfoFree)                                                                              \
    X(PQconninfoParse)                                                                             \
    X(PQconsumeInput)                                                                              \
    X(PQerrorMessage)                                                                              \
    X(PQexec)                                                                                      \
    X(PQfinish)                                                                                    \
    X(PQgetResult)                                                                                 \
    X(PQgetisnull)                                                                                 \
    X(PQgetvalue)                                                                                  \
    X(PQisBusy)                                                                                    \
    X(PQntuples)                                                                                   \
    X(PQpingParams)                                                                                \
    X(PQputCopyData)                                                                               \
    X(PQputCopyEnd)                                                                                \
    X(PQresultErrorField)                                                                          \
    X(PQresultStatus)                                                                              \
    X(PQsendQuery)                                                                                 \
    X(PQsendQueryParams)                                                                           \
    X(PQparameterStatus)                                                                           \
    X(PQserverVersion)                                                                             \
    X(PQsetNoticeProcessor)                                                                        \
    X(PQsocket)                                                                                    \
    X(PQstatus)

struct libpq {
#define LIBPQ_POINTER(name) __typeof__(name) *name;
    LIBPQ_FUNCTIONS(LIBPQ_POINTER)
#undef LIBPQ_POINTER
};

/* All NULL before libpq_load. */
extern struct libpq libpq;

/* Loads it, once. TARGET is for the message when it is not there (exit 3). */
void libpq_load(const char *target);

#endif
